package io.ilion.conformance.chaos;

/** What happens to a cluster while clients work. */
interface Disturbance {
  /** Lets it happen; returns when all is mended and all nodes serve. */
  void run() throws InterruptedException;

  /** What went wrong with it, such as a node that does not start again; null if nothing. */
  Throwable failure();

  /** What has happened, for people. */
  @Override
  String toString();
}
