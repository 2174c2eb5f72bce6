package io.ilion.storage;

import io.ilion.model.ring.TokenRange;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * The storage of one node. Tables are known by id and by the options that storage needs; names and
 * types are somebody else's. Methods may be called by any thread; stages complete on any thread.
 *
 * <p>Where nothing else is said, a stage fails with an {@link UnknownTableException} if there is no
 * such table (to drop or to flush one that is not there is nothing to do), and with an {@link
 * java.io.IOException} if the disk fails or is full.
 */
public interface StorageEngine extends AutoCloseable {

  /** The part that a lane owns. */
  LaneStore lane(int index);

  /** The index of the lane that owns a token. */
  int laneOf(long token);

  /** All tables that it knows, also those that nobody has put since it was opened. */
  List<TableOptions> tables();

  /** Makes a table known, or changes its options; completes when every lane knows it. */
  CompletionStage<Void> putTable(TableOptions options);

  /**
   * Forgets a table and deletes its files. Its writes still in the commit log are skipped at
   * replay.
   */
  CompletionStage<Void> dropTable(UUID tableId);

  /** Deletes all data of a table that was acknowledged before the call, durably. */
  CompletionStage<Void> truncate(UUID tableId);

  /** Writes the memtables of a table to SSTables; null for all tables. */
  CompletionStage<Void> flush(UUID tableId);

  /** Compacts all SSTables of a table into as few as its strategy allows. */
  CompletionStage<Void> compact(UUID tableId);

  /**
   * Adds rows to a table as files of their own, beside the commit log. What is newer in the table
   * stays.
   *
   * @param source merged, with markers; it is asked by background threads, one at a time, and has
   *     them wait by saying that it is blocked; what it throws ends the import; closed at the end
   * @return completes with the bytes of the files when they are durable and every lane sees them,
   *     all or none
   */
  CompletionStage<Long> importRows(UUID tableId, PartitionCursor source);

  /**
   * The files of a table as they are now, to be copied block by block; whoever gets them closes
   * them.
   *
   * @param flush whether what is in memory is to be in files first
   * @return completes with null if some files are shown in part only, so that their blocks have
   *     what is not the table's any more
   */
  CompletionStage<StoredFiles> storedFiles(UUID tableId, boolean flush);

  /**
   * What a file of another node has of some ranges, from its pieces while they arrive: a source for
   * {@link #importRows}, alone or merged with others.
   *
   * @param ranges as the pieces were asked for
   */
  PartitionCursor copied(List<TokenRange> ranges, BlockSupply pieces);

  /**
   * Flushes a table and hard-links its files under a name; completes with the number of bytes. Of a
   * table without files there is nothing to keep, and no snapshot.
   */
  CompletionStage<Long> snapshot(UUID tableId, String name);

  /**
   * Deletes a snapshot, also of a table that was dropped.
   *
   * @param directoryName of the table, as {@link #snapshots} says it
   */
  CompletionStage<Void> clearSnapshot(String directoryName, String name);

  /**
   * The snapshots of all tables, also of dropped ones. Blocks while directories are read.
   *
   * @throws java.io.UncheckedIOException if they cannot be read
   */
  List<Snapshot> snapshots();

  /** Figures of the cache of blocks. */
  CacheStatistics cache();

  /** Figures of each table on disk and in memory. */
  List<TableStatistics> statistics();

  /** The compactions that run now. */
  List<CompactionProgress> compactions();

  /** Syncs the commit log and lets go of everything; memtables are not flushed. */
  @Override
  void close();

  /**
   * What one table takes.
   *
   * @param memtableBytes held by its memtables
   * @param liveSstableBytes on disk, without snapshots
   * @param largestSstableBytes of its largest file
   * @param longestSstableMicros the most time that lies between two timestamps of one file
   * @param partitionEstimate an estimate that counts a partition once for each file it is in
   * @param rawBytes of the blocks of its files, if they were not compressed
   * @param rows of its files, each counted, as are cells and tombstones
   * @param requests that were served from here since the start, whoever coordinated them
   */
  record TableStatistics(
      UUID tableId,
      long memtableBytes,
      int sstables,
      long liveSstableBytes,
      long largestSstableBytes,
      long longestSstableMicros,
      long partitionEstimate,
      long rawBytes,
      long rows,
      long cells,
      long tombstones,
      long minTimestamp,
      long maxTimestamp,
      ReplicaRequests requests) {}

  /**
   * What replicas were asked for, and batches, repairs and hints among it.
   *
   * @param reads of partitions that are named
   * @param scans of ranges of tokens, each part of one that is a lane's counted
   * @param writes of updates, each of one partition
   */
  record ReplicaRequests(long reads, long scans, long writes) {}

  /**
   * A snapshot of one table.
   *
   * @param directoryName of the table's options
   * @param bytes of its files
   * @param ownBytes of those among them that are not also the table's
   */
  record Snapshot(String directoryName, String name, long bytes, long ownBytes) {}

  /** What the cache of blocks holds, and how often it was asked since the start. */
  record CacheStatistics(long capacityBytes, long bytes, long entries, long requests, long hits) {}

  /**
   * How far a compaction is.
   *
   * @param completedBytes of the sources, estimated by the rows that were read
   * @param sources how many files it reads
   * @param targetDirectory where it writes
   */
  record CompactionProgress(
      UUID id,
      UUID tableId,
      String kind,
      long completedBytes,
      long totalBytes,
      int sources,
      String targetDirectory) {}
}
