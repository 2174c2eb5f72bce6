package io.ilion.storage.engine;

/** What happened in some histories. */
final class HistoryCounts {
  private long histories;
  private long operations;
  private long kills;
  private long powerFailures;
  private long failures;

  /** Counts a history that passed. */
  synchronized void add(History history) {
    histories++;
    operations += history.operations();
    kills += history.kills();
    powerFailures += history.powerFailures();
  }

  /** Counts a history that failed. */
  synchronized void failed() {
    failures++;
  }

  @Override
  public synchronized String toString() {
    return "%d histories passed with %d operations, %d kills and %d power failures; %d failed"
        .formatted(histories, operations, kills, powerFailures, failures);
  }
}
