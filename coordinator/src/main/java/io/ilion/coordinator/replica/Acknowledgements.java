package io.ilion.coordinator.replica;

/** How many replicas have taken a write. Any thread may ask. */
public interface Acknowledgements {

  /** How many of those that are waited for have acknowledged it. */
  int received();

  /** How many have to. */
  int blockFor();

  /** Whether it has succeeded or failed. */
  boolean isOver();
}
