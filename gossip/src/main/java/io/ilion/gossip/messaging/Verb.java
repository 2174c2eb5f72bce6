package io.ilion.gossip.messaging;

/** What a message between nodes asks for. Codes are on the wire and never used twice. */
public enum Verb {
  /** The first half of a round of gossip: digests of what the sender knows. */
  GOSSIP(1),
  /** A message of the agreement on the metadata log, among its voters. */
  METADATA_AGREEMENT(2),
  /** Asks for the entries of the metadata log behind an epoch, or for a snapshot. */
  METADATA_FETCH(3),
  /** Asks a voter to append a change to the metadata log. */
  METADATA_PROPOSE(4),
  /** Asks who a node is, and which run of it; says the same of the sender. */
  IDENTITY(5),

  /** Applies an update to a replica. */
  MUTATE(10),
  /** Applies an update that was kept as a hint. */
  HINT(11),
  /** Asks a replica to lead additions to counters. */
  COUNT(12),
  /** Keeps a batch until it is applied. */
  BATCH_STORE(13),
  /** Forgets a batch that was applied. */
  BATCH_REMOVE(14),
  /** Deletes all data of a table. */
  TRUNCATE(15),

  /** Reads rows of one partition or of a range of tokens: data. */
  READ(20),
  /** The same, but only a digest of the data is wanted. */
  READ_DIGEST(21),

  /** The first phase of Paxos: a promise, and what was accepted and decided before. */
  PAXOS_PREPARE(30),
  /** The second phase: accepts an update under a ballot. */
  PAXOS_PROPOSE(31),
  /** The third: applies what was decided. */
  PAXOS_COMMIT(32),

  /** Asks a node to take part in a repair, and what writes are still on their way from it. */
  REPAIR_PREPARE(50),
  /** Asks a replica to make what it fetched in a repair safe from any failure. */
  REPAIR_SEAL(51),
  /** Tells of ranges that a repair has made equal. */
  REPAIR_DONE(52),
  /** Tells a node that a repair that had it for itself is over. */
  REPAIR_RELEASE(53),
  /** Builds a Merkle tree over a range of tokens. */
  REPAIR_TREE(40),
  /** Asks a replica to send the rows of some ranges to another. */
  REPAIR_SYNC(41),
  /** Asks a node to fetch what it is about to replicate. */
  STREAM_REQUEST(42),
  /** Asks for a page of all that a node has of a token range. */
  STREAM_PART(43),
  /** Asks a node to hold the files of a table for whoever copies some token ranges of them. */
  STREAM_FILES(44),
  /** Asks for blocks of a file that is held, as they are stored. */
  STREAM_BLOCKS(45),
  /** Says that files need not be held any more. */
  STREAM_RELEASE(46),

  /** Another request, which is under trace: the answer tells what was done for it as well. */
  TRACED(60);

  private static final Verb[] BY_CODE = new Verb[64];

  static {
    for (Verb verb : values()) {
      BY_CODE[verb.code] = verb;
    }
  }

  private final int code;

  Verb(int code) {
    this.code = code;
  }

  /** The code of this verb on the wire. */
  public int code() {
    return code;
  }

  /** The verb of a code, or null. */
  public static Verb ofCode(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }
}
