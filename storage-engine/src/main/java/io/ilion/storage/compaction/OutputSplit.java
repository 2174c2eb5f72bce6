package io.ilion.storage.compaction;

/**
 * How the output of a compaction is cut into files. Partitions of one token are never cut apart.
 *
 * <p>A shard is one of some equal ranges of the whole ring, within the part of it that a lane owns.
 * A lane owns a slice of each 4096th of the ring (or, with a few lanes, of as many as there are),
 * so each shard has an equal share of the lane's data up to that number, and the bytes of a file by
 * the fraction of the ring that it spans are its density, just as if the lane owned all of it.
 *
 * @param shards a new file begins where a range begins; at least 1
 * @param maxFileBytes a new file begins when one has become so long
 */
public record OutputSplit(int shards, long maxFileBytes) {
  /** One file, however large. */
  public static final OutputSplit WHOLE = new OutputSplit(1, Long.MAX_VALUE);

  /** The index of the shard that a token is in. */
  int shardOf(long token) {
    return (int) Math.unsignedMultiplyHigh(token ^ Long.MIN_VALUE, shards);
  }
}
