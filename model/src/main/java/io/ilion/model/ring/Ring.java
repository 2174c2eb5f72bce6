package io.ilion.model.ring;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Which member owns which token. Each token belongs to one member, and ends the range that begins
 * behind the token before it. Immutable.
 */
public final class Ring {

  /**
   * What placement knows of a node.
   *
   * @param name unique among the members, such as the host id
   */
  public record Member(String name, String datacenter, String rack) {}

  private final long[] tokens;
  private final Member[] owners;
  private final Set<Member> members;

  private Ring(long[] tokens, Member[] owners) {
    this.tokens = tokens;
    this.owners = owners;
    this.members = new LinkedHashSet<>(Arrays.asList(owners));
  }

  /**
   * A ring of the tokens of some members.
   *
   * @throws IllegalArgumentException if two members have the same token
   */
  public static Ring of(Map<Member, ? extends Collection<Long>> tokensOfMembers) {
    TreeMap<Long, Member> sorted = new TreeMap<>();
    tokensOfMembers.forEach(
        (member, tokens) -> {
          for (long token : tokens) {
            Member other = sorted.put(token, member);
            if (other != null && !other.equals(member)) {
              throw new IllegalArgumentException(
                  other.name() + " and " + member.name() + " have the same token " + token);
            }
          }
        });
    long[] tokens = sorted.keySet().stream().mapToLong(Long::longValue).toArray();
    return new Ring(tokens, sorted.values().toArray(Member[]::new));
  }

  /** How many tokens there are. */
  public int size() {
    return tokens.length;
  }

  /** Those who have tokens. */
  public Set<Member> members() {
    return Collections.unmodifiableSet(members);
  }

  /** The owner of the token at an index; indexes wrap, so that a walk may go past the last. */
  Member owner(int index) {
    return owners[Math.floorMod(index, owners.length)];
  }

  /** The range that ends with the token at an index. */
  public TokenRange range(int index) {
    return new TokenRange(tokens[Math.floorMod(index - 1, tokens.length)], tokens[index]);
  }

  /** The index of the range that a token lies in: the first that ends at or behind it. */
  public int indexOf(long token) {
    int found = Arrays.binarySearch(tokens, token);
    int index = found < 0 ? -found - 1 : found;
    return index == tokens.length ? 0 : index;
  }

  /** The ranges that members own first, that is, whose tokens end them. */
  public List<TokenRange> primaryRanges(Member member) {
    return IntStream.range(0, tokens.length)
        .filter(index -> owners[index].equals(member))
        .mapToObj(this::range)
        .toList();
  }
}
