package io.ilion.server.netty;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RequestBudgetTest {
  @Test
  void sharesDrawFromOneBudget() {
    RequestBudget budget = new RequestBudget(8_000, 2);
    RequestBudget.Share one = budget.new Share();
    RequestBudget.Share two = budget.new Share();

    assertThat(one.tryAcquire(5_000)).isTrue();
    assertThat(two.tryAcquire(5_000)).isFalse();
    assertThat(two.tryAcquire(3_000)).isTrue();
    one.release(5_000);
    assertThat(two.tryAcquire(4_000)).isTrue();
  }

  @Test
  void whatIdleSharesHoldBackLeavesMostOfIt() {
    RequestBudget budget = new RequestBudget(8_000, 4);
    for (int i = 0; i < 4; i++) {
      RequestBudget.Share share = budget.new Share();
      assertThat(share.tryAcquire(100)).isTrue();
      share.release(100);
    }
    assertThat(budget.free()).isGreaterThanOrEqualTo(6_000);
  }

  @Test
  void whatIsTakenBeyondTheBudgetIsOwed() {
    RequestBudget budget = new RequestBudget(1_000, 1);
    RequestBudget.Share share = budget.new Share();
    share.acquire(5_000);

    assertThat(budget.free()).isNegative();
    assertThat(share.tryAcquire(1)).isFalse();
    share.release(5_000);
    assertThat(share.tryAcquire(1_000)).isTrue();
  }

  @Test
  void aClosedShareKeepsNothing() {
    RequestBudget budget = new RequestBudget(8_000, 1);
    RequestBudget.Share share = budget.new Share();
    assertThat(share.tryAcquire(100)).isTrue();
    assertThat(share.tryAcquire(200)).isTrue();
    share.release(100);
    share.close();
    assertThat(budget.free()).isEqualTo(7_800);
    share.release(200);
    assertThat(budget.free()).isEqualTo(8_000);
  }
}
