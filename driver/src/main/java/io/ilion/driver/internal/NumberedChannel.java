package io.ilion.driver.internal;

import io.netty.channel.ChannelId;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A socket whose id is a number. Netty's own ids contain the address of a network card, and looking
 * at those takes a tenth of the time that a process needs to connect for the first time.
 */
final class NumberedChannel extends NioSocketChannel {
  private final AtomicLong numbers;

  NumberedChannel(AtomicLong numbers) {
    this.numbers = numbers;
  }

  @Override
  protected ChannelId newId() {
    // Called by the constructor of the superclass, when there is no field yet.
    return new Id();
  }

  /** Gets its number when it is asked for it: rarely, for a log. */
  private final class Id implements ChannelId {
    private static final long serialVersionUID = 1L;
    private long number;

    private synchronized long number() {
      if (number == 0) {
        number = numbers.incrementAndGet();
      }
      return number;
    }

    @Override
    public String asShortText() {
      return Long.toString(number());
    }

    @Override
    public String asLongText() {
      return asShortText();
    }

    @Override
    public int compareTo(ChannelId other) {
      return asLongText().compareTo(other.asLongText());
    }

    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }
}
