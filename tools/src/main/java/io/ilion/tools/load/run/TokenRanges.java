package io.ilion.tools.load.run;

import io.ilion.driver.metadata.Metadata;
import io.ilion.driver.metadata.Node;
import io.ilion.model.ring.TokenRange;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** The ring in ranges of tokens that do not wrap: each within one range of the nodes, and small. */
public final class TokenRanges {
  private static final BigInteger WHOLE = BigInteger.ONE.shiftLeft(64);

  private TokenRanges() {}

  /**
   * The ring in at least so many ranges, in order. A range begins behind its start; that of the
   * first is the smallest number, which is no token.
   */
  public static List<TokenRange> of(Metadata metadata, int least) {
    TreeSet<Long> ends = new TreeSet<>();
    for (Node node : metadata.nodes()) {
      ends.addAll(node.tokens());
    }
    ends.remove(Long.MIN_VALUE);
    ends.add(Long.MAX_VALUE);
    List<TokenRange> ranges = new ArrayList<>();
    long start = Long.MIN_VALUE;
    for (long end : ends) {
      // As large as one of so many equal parts at most.
      BigInteger width = BigInteger.valueOf(end).subtract(BigInteger.valueOf(start));
      int parts =
          width
              .multiply(BigInteger.valueOf(least))
              .add(WHOLE.subtract(BigInteger.ONE))
              .divide(WHOLE)
              .intValueExact();
      ranges.addAll(split(new TokenRange(start, end), Math.max(1, parts)));
      start = end;
    }
    return ranges;
  }

  /**
   * A range that does not wrap in so many parts of one width, or fewer if it has not the tokens.
   */
  public static List<TokenRange> split(TokenRange range, int parts) {
    BigInteger first = BigInteger.valueOf(range.start());
    BigInteger width = BigInteger.valueOf(range.end()).subtract(first);
    List<TokenRange> ranges = new ArrayList<>();
    long start = range.start();
    for (int i = 1; i <= parts; i++) {
      long end =
          first
              .add(width.multiply(BigInteger.valueOf(i)).divide(BigInteger.valueOf(parts)))
              .longValueExact();
      if (end != start) {
        ranges.add(new TokenRange(start, end));
        start = end;
      }
    }
    return ranges;
  }
}
