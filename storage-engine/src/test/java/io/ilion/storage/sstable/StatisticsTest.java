package io.ilion.storage.sstable;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.data.Deletion;
import io.ilion.storage.Slices;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatisticsTest {
  private static byte[] key(int length, int rest) {
    byte[] key = new byte[length];
    Arrays.fill(key, 250, length, (byte) rest);
    key[0] = 0x20;
    return key;
  }

  private static Statistics of(byte[] first, byte[] last) {
    Statistics.Collector collector = new Statistics.Collector();
    collector.partition(1, Deletion.NONE, null);
    collector.positions(first, last, last.length);
    return collector.statistics();
  }

  @Test
  void theBoundsHoldForWhateverIsBehindTheirCut() {
    for (int rest : new int[] {0, 1, 0x7f, 0xfe, 0xff}) {
      for (int length = 254; length < 300; length++) {
        byte[] key = key(length, rest);
        Statistics statistics = of(key, key);
        assertThat(statistics.mayConcern(Slices.row(key))).isTrue();
        assertThat(statistics.lastPosition()).hasSizeLessThanOrEqualTo(256);
        Statistics read = Statistics.read(ByteBuffer.wrap(statistics.toBytes()));
        assertThat(read.mayConcern(Slices.row(key))).isTrue();
        assertThat(read.mayConcern(Slices.row(new byte[] {0x20, 1}))).isFalse();
      }
    }
    byte[] top = new byte[300];
    Arrays.fill(top, (byte) 0xff);
    assertThat(of(top, top).mayConcern(new Slices(List.of(behind(top))))).isTrue();
  }

  private static Slices.Interval behind(byte[] key) {
    return new Slices.Interval(key, Slices.behind(key));
  }

  /** Early builds ended a cut bound with a byte 0xff, which is not behind all. */
  @Test
  void theBoundsOfFilesOfEarlyBuildsHoldToo() {
    byte[] key = key(300, 0xff);
    Statistics now = of(key, key);
    byte[] asTheyWere = now.toBytes();
    byte[] bound = now.lastPosition();
    byte[] cut = Slices.behind(Arrays.copyOf(key, 256));
    int at = 11 * 8 + 1 + 4;
    ByteBuffer out = ByteBuffer.allocate(asTheyWere.length - bound.length + cut.length);
    out.put(asTheyWere, 0, at).putInt(cut.length);
    int behindLength = at + 4;
    out.put(asTheyWere, behindLength, now.firstPosition().length).put(cut);
    int rest = behindLength + now.firstPosition().length + bound.length;
    out.put(asTheyWere, rest, asTheyWere.length - rest);
    Statistics early = Statistics.read(out.flip());
    assertThat(early.mayConcern(Slices.row(key))).isTrue();
    assertThat(early).usingRecursiveComparison().isEqualTo(now);
  }
}
