package io.ilion.server.cql;

/** The timeouts that a node works by now, which an operator may change. Any thread may call it. */
public final class LiveTimeouts {
  private volatile Timeouts now;

  /** Those that it begins with. */
  public LiveTimeouts(Timeouts configured) {
    now = configured;
  }

  /** All of them. */
  public Timeouts get() {
    return now;
  }

  /** From now on these hold, also for requests that have begun. */
  public void set(Timeouts timeouts) {
    now = timeouts;
  }

  /** Of a read of named partitions. */
  public long readNanos() {
    return now.read().toNanos();
  }

  /** Of a read of a range of tokens. */
  public long rangeNanos() {
    return now.range().toNanos();
  }

  /** Of a write. */
  public long writeNanos() {
    return now.write().toNanos();
  }

  /** Of an increment. */
  public long counterNanos() {
    return now.counter().toNanos();
  }

  /** Of a conditional update that waits for others. */
  public long contentionNanos() {
    return now.contention().toNanos();
  }

  /** Of a TRUNCATE. */
  public long truncateNanos() {
    return now.truncate().toNanos();
  }

  /** Of any other request: a change of the schema. */
  public long otherNanos() {
    return now.other().toNanos();
  }
}
