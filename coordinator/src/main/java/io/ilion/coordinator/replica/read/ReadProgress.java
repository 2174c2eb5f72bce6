package io.ilion.coordinator.replica.read;

/**
 * How far the requests of a read are that replicas work on now, for whoever has to tell a client
 * that it took too long. Any thread may look.
 */
public class ReadProgress {
  private volatile int received;
  private volatile int blockFor = 1;
  private volatile boolean dataPresent;

  /** Who wants to know all of it, or null. */
  ReadObserver observer() {
    return null;
  }

  /** Of a read that is observed; others have no field for that. */
  public static ReadProgress observed(ReadObserver observer) {
    return new Observed(observer);
  }

  private static final class Observed extends ReadProgress {
    private final ReadObserver observer;

    Observed(ReadObserver observer) {
      this.observer = observer;
    }

    @Override
    ReadObserver observer() {
      return observer;
    }
  }

  /** A round of requests begins. */
  void begin(int waitsFor) {
    received = 0;
    dataPresent = false;
    blockFor = waitsFor;
  }

  /** A replica answered. */
  void answered(int count, boolean withData) {
    received = count;
    dataPresent = withData;
  }

  /** How many replicas answered. */
  public int received() {
    return received;
  }

  /** How many have to. */
  public int blockFor() {
    return blockFor;
  }

  /** Whether one of the answers had the data, and not only a digest. */
  public boolean dataPresent() {
    return dataPresent;
  }
}
