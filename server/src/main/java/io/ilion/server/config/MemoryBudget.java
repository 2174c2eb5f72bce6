package io.ilion.server.config;

/**
 * What the setting {@code memory} is for: each bound of a node that is one of bytes gets its part
 * here, so that all of them, each as full as it may be, fit into the heap. The sizes are bytes;
 * each is for the whole node.
 *
 * <p>What is larger than its bound by itself, as one row may be, is taken where the bound is not
 * half full: that is what is beyond these sums.
 *
 * @param heap of the process
 * @param base what classes, schema, members and connections take, and the room to delete in when
 *     the disk is full
 * @param memtables of all tables
 * @param fileCache blocks of SSTables
 * @param prepared statements
 * @param requests of clients that have no answer yet
 * @param results of reads until they are written as answers, and what replicas sent for them
 * @param answers that this node gives as a replica, until they are sent
 * @param work requests of other nodes for rows that are worked on
 * @param held requests of other nodes that wait for newer metadata
 * @param outgoing messages to other nodes that wait for their connections
 * @param incoming messages of other nodes that wait for their lanes
 * @param hints that wait for the disk
 * @param promises of conditional updates that are remembered one by one
 */
public record MemoryBudget(
    long heap,
    long base,
    long memtables,
    long fileCache,
    long prepared,
    long requests,
    long results,
    long answers,
    long work,
    long held,
    long outgoing,
    long incoming,
    long hints,
    long promises) {
  private static final long MIB = 1L << 20;
  private static final long BASE = 12 * MIB;

  /** What arrives while a node that has just started asks for the metadata, at some speed. */
  private static final long LEAST_HELD = 3 * MIB / 2;

  // The parts of the heap; what other settings give is in Settings.
  private static final int RESULTS = 12;
  private static final int ANSWERS = 40;
  private static final int WORK = 48;
  private static final int HELD = 128;
  private static final int OUTGOING = 24;
  private static final int INCOMING = 128;
  private static final int HINTS = 128;
  private static final int PROMISES = 128;

  /** What a configuration gives. */
  public static MemoryBudget of(Config config) {
    return of(
        config,
        config.get(Settings.FILE_CACHE_SIZE),
        config.get(Settings.PREPARED_STATEMENTS_CACHE_SIZE),
        config.get(Settings.NATIVE_TRANSPORT_MAX_REQUEST_DATA_IN_FLIGHT));
  }

  private static MemoryBudget of(Config config, long fileCache, long prepared, long requests) {
    long heap = Settings.heap(config);
    return new MemoryBudget(
        heap,
        BASE,
        config.get(Settings.MEMTABLE_HEAP_SPACE),
        fileCache,
        prepared,
        requests,
        heap / RESULTS,
        heap / ANSWERS,
        heap / WORK,
        Math.max(LEAST_HELD, heap / HELD),
        heap / OUTGOING,
        heap / INCOMING,
        heap / HINTS,
        heap / PROMISES);
  }

  /** What memtables, and everything else by default, leave of the heap; may be negative. */
  static long leftForCache(Config config) {
    MemoryBudget others =
        of(config, 0, Settings.preparedStatements(config), Settings.requestBytes(config));
    return others.heap - others.sum();
  }

  /** What all of it takes when all of it is full. */
  public long sum() {
    return base + memtables + fileCache + prepared + requests + results + answers + work + held
        + outgoing + incoming + hints + promises;
  }
}
