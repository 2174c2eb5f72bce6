package io.ilion.coordinator.replica.read;

/**
 * How far the requests of a read are that replicas work on now, for whoever has to tell a client
 * that it took too long. Any thread may look.
 */
public class ReadProgress {
  private volatile int received;
  private volatile int blockFor = 1;
  private volatile boolean dataPresent;
  private volatile ReadProgress followed;

  /** From now on, and until a round begins here, this is as far as another one is. */
  public void follow(ReadProgress other) {
    followed = other;
  }

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
    followed = null;
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
    ReadProgress other = followed;
    return other == null ? received : other.received();
  }

  /** How many have to. */
  public int blockFor() {
    ReadProgress other = followed;
    return other == null ? blockFor : other.blockFor();
  }

  /** Whether one of the answers had the data, and not only a digest. */
  public boolean dataPresent() {
    ReadProgress other = followed;
    return other == null ? dataPresent : other.dataPresent();
  }
}
