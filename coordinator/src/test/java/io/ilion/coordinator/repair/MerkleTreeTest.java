package io.ilion.coordinator.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.type.ByteSink;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MerkleTreeTest {

  @Test
  void leavesCoverTheRangeOnce() {
    for (long seed = 0; seed < 300; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long start = random.nextLong();
      long end = random.nextInt(4) == 0 ? start + 1 + random.nextInt(100) : random.nextLong();
      if (start >= end) {
        continue;
      }
      MerkleTree tree = new MerkleTree(new TokenRange(start, end), 64);
      long at = start;
      for (int leaf = 0; leaf < 64; leaf++) {
        TokenRange range = tree.range(leaf);
        if (range != null) {
          assertThat(range.start()).as("seed %d", seed).isEqualTo(at);
          at = range.end();
        }
      }
      assertThat(at).as("seed %d", seed).isEqualTo(end);
    }
  }

  private static final UUID TABLE = new UUID(1, 1);
  private static final TokenRange WHOLE = new TokenRange(Long.MIN_VALUE, Long.MAX_VALUE);

  private static List<Integer> differing(MerkleTree a, MerkleTree b) {
    return IntStream.range(0, a.leafCount()).filter(leaf -> a.differs(b, leaf)).boxed().toList();
  }

  private static byte[] row(int key, int value) {
    UpdateWriter update = new UpdateWriter().begin(TABLE, new byte[] {(byte) key});
    update.rowWriter().liveness(value);
    return update.row(new byte[] {0x20, (byte) value}).toByteArray();
  }

  @Test
  void aDifferenceIsInTheLeafOfItsToken() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 200; i++) {
      MerkleTree a = new MerkleTree(WHOLE, 256);
      MerkleTree b = new MerkleTree(WHOLE, 256);
      long token = random.nextLong();
      a.add(5, row(1, 1));
      b.add(5, row(1, 1));
      assertThat(differing(a, b)).isEmpty();
      a.add(token, row(2, 1));
      assertThat(differing(a, b)).hasSize(1);
      TokenRange range = a.range(differing(a, b).getFirst());
      assertThat(range.contains(token)).isTrue();
      assertThat(range.share()).isLessThan(0.004);
      assertThat(a.bytes() - b.bytes()).isEqualTo(row(2, 1).length);
    }
  }

  /** A partition with rows, a static row and deletions, from one position to another. */
  private static byte[] piece(int from, int to) {
    UpdateWriter update = new UpdateWriter().begin(TABLE, new byte[] {9});
    update.partitionDeletion(5, 6);
    update.rowWriter().cell(1, null, 7, 0, 0, new byte[] {1});
    update.staticRow();
    for (int i = from; i < to; i++) {
      update.rowWriter().liveness(100 + i);
      update.row(new byte[] {0x20, (byte) i});
    }
    update.rangeDeletion(new byte[] {0x30, (byte) from}, new byte[] {0x30, (byte) to}, 8, 9);
    return update.toByteArray();
  }

  @Test
  void whereAPartitionIsCutDoesNotMatter() {
    for (long seed = 0; seed < 100; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      MerkleTree whole = new MerkleTree(WHOLE, 16);
      whole.add(1, row(1, 1));
      whole.add(7, piece(0, 100));
      whole.add(8, row(2, 1));
      MerkleTree cut = new MerkleTree(WHOLE, 16);
      cut.add(1, row(1, 1));
      int at = 0;
      while (at < 100) {
        int end = Math.min(100, at + 1 + random.nextInt(50));
        cut.add(7, piece(at, end));
        at = end;
      }
      cut.add(8, row(2, 1));
      assertThat(differing(whole, cut)).as("seed %d", seed).isEmpty();
      MerkleTree other = new MerkleTree(WHOLE, 16);
      other.add(1, row(1, 1));
      other.add(7, piece(0, 99));
      other.add(8, row(2, 1));
      assertThat(differing(whole, other)).as("seed %d", seed).hasSize(1);
    }
  }

  @Test
  void aTreeIsReadAsItWasWritten() {
    TokenRange range = new TokenRange(-100, 100);
    MerkleTree tree = new MerkleTree(range, 16);
    tree.add(-3, row(7, 1));
    ByteSink out = new ByteSink();
    tree.writeTo(out);
    MerkleTree read = MerkleTree.read(ByteBuffer.wrap(out.toByteArray()), range, 16);
    assertThat(differing(read, tree)).isEmpty();
    assertThat(read.bytes()).isEqualTo(row(7, 1).length);
    assertThat(differing(read, new MerkleTree(range, 16))).hasSize(1);
  }
}
