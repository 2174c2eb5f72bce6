package io.ilion.bench;

import java.nio.file.Path;

/** What is measured: a store of two tables, opened in an empty directory. */
interface Store extends AutoCloseable {

  /**
   * The settings that both stores have alike. Blocks have 8 KiB, are compressed by LZ4, and filters
   * have ten bits for a key.
   *
   * @param threads how many sessions there are, each of its own thread
   * @param writeBufferBytes what may be in memory before it is written to files
   * @param cacheBytes what of the files may be in memory, indexes and filters included
   */
  record Settings(Path directory, int threads, long writeBufferBytes, long cacheBytes) {}

  /** The session of a thread. Until the benchmark begins, one thread may use them all. */
  Session session(int thread);

  /** Writes everything to files, and compacts them into as few as possible. */
  void settle();

  @Override
  void close();

  /** Opens a store by its name. */
  static Store open(String name, Settings settings) {
    return switch (name) {
      case "ilion" -> new IlionStore(settings);
      case "rocksdb" -> new RocksStore(settings);
      default -> throw new IllegalArgumentException("no store is named " + name);
    };
  }

  /** The operations, for one thread. What is read is copied into the caller's array. */
  interface Session {

    /** Whether a record or wide partition of this key is this session's to use. */
    boolean owns(byte[] key);

    /** Puts a record into the group that the next commit writes. */
    void put(byte[] key, byte[] value);

    /** Puts a row of a wide partition into the group that the next commit writes. */
    void putRow(byte[] key, long row, byte[] value);

    /** Writes the group; returns when it is visible, and durable if that is wanted. */
    void commit(boolean durable);

    /** Reads a record; false if it is absent. */
    boolean get(byte[] key, byte[] value);

    /** Reads a number of rows of a wide partition from a row on; returns how many there were. */
    int slice(byte[] key, long firstRow, int count, byte[] value);

    /** Reads records in the store's order, from the place of a key on; returns how many. */
    int scan(byte[] key, int count, byte[] value);
  }
}
