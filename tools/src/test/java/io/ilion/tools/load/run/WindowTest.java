package io.ilion.tools.load.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WindowTest {
  private final AtomicLong nanos = new AtomicLong();
  private final Window window = new Window(4, 64, nanos::get);

  private void fill() throws InterruptedException {
    while (window.running() < window.limit()) {
      window.acquire();
    }
  }

  @Test
  void growsWhileItIsFullAndAllIsWell() throws InterruptedException {
    for (int i = 0; i < 200; i++) {
      fill();
      window.succeeded();
    }
    assertThat(window.limit()).isEqualTo(64);
  }

  @Test
  void doesNotGrowWhenNobodyNeedsIt() throws InterruptedException {
    for (int i = 0; i < 200; i++) {
      window.acquire();
      window.succeeded();
    }
    assertThat(window.limit()).isEqualTo(4);
  }

  @Test
  void isHalvedOnceForWhatWasOnItsWayTogether() throws InterruptedException {
    for (int i = 0; i < 200; i++) {
      fill();
      window.succeeded();
    }
    window.overloaded();
    window.overloaded();
    assertThat(window.limit()).isEqualTo(32);
    nanos.addAndGet(1_000_000_000);
    window.overloaded();
    assertThat(window.limit()).isEqualTo(16);
    for (int i = 0; i < 100; i++) {
      nanos.addAndGet(1_000_000_000);
      window.overloaded();
    }
    assertThat(window.limit()).isEqualTo(1);
  }

  @Test
  void aRateIsKeptOverTime() {
    RateLimit limit = new RateLimit(1000, nanos::get);
    long waited = 0;
    for (int i = 0; i < 100; i++) {
      long wait = limit.reserve(50);
      waited += wait;
      nanos.addAndGet(wait);
    }
    assertThat(waited / 1e9).isBetween(4.8, 5.1);
    assertThat(new RateLimit(0, nanos::get).reserve(1_000_000)).isZero();
  }
}
