package io.ilion.runtime.system;

import io.ilion.runtime.Clock;
import java.time.Instant;

/** The clocks of the machine. */
public final class SystemClock implements Clock {
  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public long wallMicros() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000L + now.getNano() / 1_000;
  }

  // The compiler knows currentTimeMillis; an Instant is a call into the virtual machine.

  @Override
  public long wallMillis() {
    return System.currentTimeMillis();
  }

  @Override
  public long wallSeconds() {
    return Math.floorDiv(System.currentTimeMillis(), 1_000L);
  }
}
