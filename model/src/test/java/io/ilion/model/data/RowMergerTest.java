package io.ilion.model.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The merge rule against {@link NaiveRow}, and the laws that replicas rely on. */
class RowMergerTest {
  private static final int SEEDS = 6_000;
  private static final long NOTHING = Long.MIN_VALUE;

  private final RowMerger merger = new RowMerger();

  /** Merges images, each read from the middle of a larger array. */
  private byte[] merge(List<byte[]> images, long covering) {
    RowReader[] readers = new RowReader[images.size() + 1];
    for (int i = 0; i < images.size(); i++) {
      byte[] image = images.get(i);
      byte[] larger = new byte[image.length + i + 5];
      Arrays.fill(larger, (byte) 0x55);
      System.arraycopy(image, 0, larger, i, image.length);
      readers[i] = new RowReader().wrap(larger, i, image.length);
    }
    RowWriter out = new RowWriter();
    boolean remains = merger.merge(readers, images.size(), covering, out);
    assertThat(remains).isEqualTo(!out.isEmpty());
    return out.toByteArray();
  }

  private static List<byte[]> images(Random random, boolean counters) {
    List<byte[]> images = new ArrayList<>();
    int count = 1 + random.nextInt(6);
    for (int i = 0; i < count; i++) {
      images.add(RandomRows.image(random, counters));
    }
    return images;
  }

  private static long covering(Random random, boolean counters) {
    return random.nextInt(3) == 0 ? RandomRows.deletionTimestamp(random, counters) : NOTHING;
  }

  @Test
  void agreesWithTheNaiveRow() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      boolean counters = random.nextInt(4) == 0;
      List<byte[]> images = images(random, counters);
      long covering = covering(random, counters);
      NaiveRow naive = new NaiveRow();
      images.forEach(naive::add);
      assertThat(NaiveRow.read(merge(images, covering)))
          .describedAs("seed %d", seed)
          .isEqualTo(naive.merged(covering));
    }
  }

  @Test
  void theOrderOfTheSourcesDoesNotMatter() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      boolean counters = random.nextInt(4) == 0;
      List<byte[]> images = images(random, counters);
      long covering = covering(random, counters);
      byte[] merged = merge(images, covering);
      Collections.shuffle(images, random);
      assertThat(merge(images, covering)).describedAs("seed %d", seed).isEqualTo(merged);
    }
  }

  @Test
  void whatIsMergedFirstDoesNotMatter() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      boolean counters = random.nextInt(4) == 0;
      List<byte[]> images = images(random, counters);
      long covering = covering(random, counters);
      byte[] merged = merge(images, covering);
      int split = random.nextInt(images.size() + 1);
      // Part of it may have met the deletion already, or an older one.
      long earlier =
          random.nextBoolean() ? covering : Math.min(covering, covering(random, counters));
      List<byte[]> parts =
          List.of(
              merge(images.subList(0, split), NOTHING),
              merge(images.subList(split, images.size()), earlier));
      assertThat(merge(parts, covering)).describedAs("seed %d", seed).isEqualTo(merged);
    }
  }

  @Test
  void mergingAgainChangesNothing() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      boolean counters = random.nextInt(4) == 0;
      List<byte[]> images = images(random, counters);
      long covering = covering(random, counters);
      byte[] merged = merge(images, covering);
      images.add(merged);
      images.add(images.get(random.nextInt(images.size())));
      assertThat(merge(images, covering)).describedAs("seed %d", seed).isEqualTo(merged);
    }
  }
}
