package io.ilion.coordinator.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What is counted while ranges are fetched. */
class StreamProgressTest {
  @Test
  void aFetchCountsItsBytesAlthoughAnotherChangeBeginsMeanwhile() {
    StreamProgress progress = new StreamProgress();
    progress.received(100, 0, 0);
    long before = progress.total();
    progress.copied(10, 0, 0);
    progress.reset();
    assertThat(progress.bytes()).isZero();
    assertThat(progress.copied()).isZero();
    progress.copied(7, 0, 0);
    assertThat(progress.total() - before).isEqualTo(17);
    assertThat(progress.bytes()).isEqualTo(7);
    assertThat(progress.copied()).isEqualTo(7);
  }
}
