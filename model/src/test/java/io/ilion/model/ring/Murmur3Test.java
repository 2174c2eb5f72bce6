package io.ilion.model.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

final class Murmur3Test {
  @Test
  void theTailTakesBytesAsSigned() {
    assertThat(Murmur3.token(HexFormat.of().parseHex("7f000080"))).isEqualTo(0x627bd610ae5b7c0eL);
  }

  @Test
  void tokensAreCassandras() {
    assertThat(Murmur3.token(new byte[0])).isEqualTo(Long.MIN_VALUE);
    assertThat(Murmur3.token("123".getBytes(StandardCharsets.US_ASCII)))
        .isEqualTo(-7468325962851647638L);
  }

  @Test
  void everyTokenHasALane() {
    for (int lanes = 1; lanes < 9; lanes++) {
      LaneMapping mapping = new LaneMapping(lanes);
      int[] owned = new int[lanes];
      for (long i = 0; i < 10_000; i++) {
        owned[
            mapping.laneOf(Murmur3.token(Long.toString(i).getBytes(StandardCharsets.US_ASCII)))]++;
      }
      for (int count : owned) {
        assertThat(count).isBetween(8_000 / lanes, 12_000 / lanes);
      }
    }
  }
}
