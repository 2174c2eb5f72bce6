package io.ilion.coordinator.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.ring.TokenRange;
import io.ilion.model.type.ByteSink;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
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

  @Test
  void aDifferenceIsInTheLeafOfItsToken() {
    SplittableRandom random = new SplittableRandom(1);
    TokenRange whole = new TokenRange(Long.MIN_VALUE, Long.MAX_VALUE);
    for (int i = 0; i < 200; i++) {
      MerkleTree a = new MerkleTree(whole, 256);
      MerkleTree b = new MerkleTree(whole, 256);
      long token = random.nextLong();
      a.add(5, new byte[] {1});
      b.add(5, new byte[] {1});
      a.add(token, new byte[] {2});
      List<TokenRange> differences = a.differences(b);
      assertThat(differences).hasSize(1);
      assertThat(differences.get(0).contains(token)).isTrue();
      assertThat(differences.get(0).share()).isLessThan(0.004);
    }
  }

  @Test
  void aTreeIsReadAsItWasWritten() {
    TokenRange range = new TokenRange(-100, 100);
    MerkleTree tree = new MerkleTree(range, 16);
    tree.add(-3, new byte[] {7});
    ByteSink out = new ByteSink();
    tree.writeTo(out);
    MerkleTree read = MerkleTree.read(ByteBuffer.wrap(out.toByteArray()), range, 16);
    assertThat(read.differences(tree)).isEmpty();
    assertThat(read.differences(new MerkleTree(range, 16))).hasSize(1);
  }
}
