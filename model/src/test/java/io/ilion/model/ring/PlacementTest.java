package io.ilion.model.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ilion.model.ring.Ring.Member;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Replicas stand where Cassandra puts them; the ring's ranges cover it once. */
class PlacementTest {

  @Test
  void everyTokenHasTheReplicasThatCassandraChooses() throws IOException {
    Map<Member, List<Long>> tokens = new LinkedHashMap<>();
    Placement placement = null;
    String strategy = "";
    int compared = 0;
    for (String line : fixture()) {
      String[] words = line.split(" ");
      switch (words[0]) {
        case "#" -> {}
        case "ring" -> tokens.clear();
        case "member" -> {
          Member member = new Member(words[1], words[2], words[3]);
          tokens.put(member, Arrays.stream(words).skip(4).map(Long::valueOf).toList());
        }
        case "strategy" -> {
          strategy = line;
          placement = new Placement(Ring.of(tokens), ReplicationStrategy.of(options(words)));
        }
        default -> {
          List<String> names =
              placement.replicas(Long.parseLong(words[0])).stream().map(Member::name).toList();
          assertThat(names)
              .as("%s of %s: %s", strategy, tokens, words[0])
              .isEqualTo(Arrays.asList(words).subList(1, words.length));
          compared++;
        }
      }
    }
    assertThat(compared).isGreaterThan(1_500);
  }

  @Test
  void rangesCoverTheRingOnce() {
    Ring ring =
        Ring.of(
            Map.of(
                new Member("a", "dc1", "r1"), List.of(-100L, 700L, Long.MAX_VALUE),
                new Member("b", "dc1", "r1"), List.of(5L)));
    for (long token : new long[] {Long.MIN_VALUE, -101, -100, -99, 5, 6, 700, Long.MAX_VALUE}) {
      List<Integer> covering = new ArrayList<>();
      for (int i = 0; i < ring.size(); i++) {
        if (ring.range(i).contains(token)) {
          covering.add(i);
        }
      }
      assertThat(covering).as("ranges of %s", token).containsExactly(ring.indexOf(token));
    }
    double shares = 0;
    for (Member member : ring.members()) {
      for (TokenRange range : ring.primaryRanges(member)) {
        shares += range.share();
      }
    }
    assertThat(shares).isCloseTo(1, within(1e-9));
  }

  @Test
  void oneTokenOwnsTheWholeRing() {
    Member only = new Member("a", "dc1", "r1");
    Ring ring = Ring.of(Map.of(only, List.of(42L)));
    Placement placement = new Placement(ring, new ReplicationStrategy.Simple(3));
    assertThat(ring.range(0).wraps()).isTrue();
    assertThat(placement.replicas(41)).containsExactly(only);
    assertThat(placement.ownership(only)).isEqualTo(1);
  }

  @Test
  void aTokenHasOneOwner() {
    assertThatThrownBy(
            () ->
                Ring.of(
                    Map.of(
                        new Member("a", "dc1", "r1"), List.of(1L),
                        new Member("b", "dc1", "r1"), List.of(1L))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the same token 1");
  }

  private static Map<String, String> options(String[] words) {
    Map<String, String> options = new HashMap<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals > 0) {
        options.put(word.substring(0, equals), word.substring(equals + 1));
      }
    }
    return options;
  }

  private static List<String> fixture() throws IOException {
    try (InputStream in = PlacementTest.class.getResourceAsStream("placement.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }
}
