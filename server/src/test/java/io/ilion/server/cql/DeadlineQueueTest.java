package io.ilion.server.cql;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.server.Exchange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeadlineQueueTest {
  private static final class Request implements DeadlineQueue.Timed {
    private final long arrived;
    private final int bytes;
    private boolean over;

    Request(long arrived, int bytes) {
      this.arrived = arrived;
      this.bytes = bytes;
    }

    @Override
    public boolean isOver() {
      return over;
    }

    @Override
    public int bytes() {
      return bytes;
    }

    @Override
    public Exchange exchange() {
      return null;
    }
  }

  private final List<Request> expired = new ArrayList<>();
  private long timeout = 100;
  private final DeadlineQueue<Request> queue =
      new DeadlineQueue<>(
          () -> timeout,
          request -> {
            request.over = true;
            expired.add(request);
          });

  private Request add(long now) {
    Request request = new Request(now, 10);
    queue.add(request, now);
    return request;
  }

  @Test
  void whatIsNotOverExpiresAtItsDeadlineAndNotBefore() {
    Request first = add(0);
    Request second = add(50);
    queue.expire(99);
    assertThat(expired).isEmpty();
    queue.expire(100);
    assertThat(expired).containsExactly(first);
    queue.expire(1000);
    assertThat(expired).containsExactly(first, second);
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void whatIsNotOverIsShownWithItsArrival() {
    add(3).over = true;
    Request second = add(5);
    Map<Request, Long> shown = new LinkedHashMap<>();
    queue.forEach(shown::put);
    assertThat(shown).containsExactly(Map.entry(second, 5L));
  }

  @Test
  void whatIsOverIsDropped() {
    add(0).over = true;
    Request second = add(0);
    queue.expire(1);
    assertThat(queue.size()).isEqualTo(1);
    second.over = true;
    queue.expire(2);
    assertThat(queue.isEmpty()).isTrue();
    assertThat(expired).isEmpty();
  }

  @Test
  void aStreamOfRequestsThatAreAnsweredHoldsFewOfThem() {
    Request slow = add(0);
    int most = 0;
    for (int i = 0; i < 100_000; i++) {
      add(1).over = true;
      most = Math.max(most, queue.size());
    }
    assertThat(most).isLessThanOrEqualTo(256);
    queue.expire(100);
    assertThat(expired).containsExactly(slow);
  }

  @Test
  void largeRequestsThatAreAnsweredAreNotHeld() {
    for (int i = 0; i < 100; i++) {
      Request large = new Request(0, 1 << 20);
      queue.add(large, 0);
      large.over = true;
      assertThat(queue.size()).isLessThanOrEqualTo(2);
    }
  }

  @Test
  void everyRequestEndsOnceWhateverHappens() {
    long seed = 20261121;
    Random random = new Random(seed);
    List<Request> all = new ArrayList<>();
    long now = 0;
    for (int i = 0; i < 20_000; i++) {
      now += random.nextInt(3);
      all.add(add(now));
      if (random.nextInt(3) != 0) {
        all.get(random.nextInt(all.size())).over = true;
      }
      if (random.nextInt(50) == 0) {
        queue.expire(now);
      }
    }
    queue.expire(now + 1000);
    assertThat(queue.isEmpty()).isTrue();
    assertThat(all).as("seed %d", seed).allMatch(Request::isOver);
    assertThat(expired).as("seed %d", seed).doesNotHaveDuplicates();
    assertThat(expired).isSortedAccordingTo((a, b) -> Long.compare(a.arrived, b.arrived));
  }
}
