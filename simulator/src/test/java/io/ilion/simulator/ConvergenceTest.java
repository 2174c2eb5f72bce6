package io.ilion.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConvergenceTest {
  @Test
  void twentyNodesAgreeInSeconds() {
    Convergence.Row row = Convergence.measure(20, 1, () -> 0);
    assertThat(row.meetSeconds()).isLessThan(15);
    assertThat(row.newsSeconds()).isLessThan(10);
    assertThat(row.deathLastSeconds()).isBetween(3.0, 15.0);
    assertThat(row.mistakes()).isZero();
    assertThat(row.changeSeconds()).isLessThan(2);
    assertThat(row.changeMessages()).isBetween(20L, 200L);
    assertThat(row.changeBytes()).isBetween(20 * 50L, 200 * 500L);
    assertThat(row.messagesEach()).isBetween(1.0, 10.0);
  }
}
