package io.ilion.storage.engine;

/**
 * What reading a file as a whole has shown.
 *
 * @param name of the file in the table's directory
 * @param partitions that could be read
 * @param rows that could be read
 * @param problem what is wrong with it, or null
 * @param lostPartitions about how many of its partitions cannot be read
 * @param isScrubbed whether it is damaged, and is rewritten now with what can be read
 */
public record CheckedFile(
    String name,
    long bytes,
    long partitions,
    long rows,
    String problem,
    long lostPartitions,
    boolean isScrubbed) {

  /** Who wants to know how far the reading is. Called on background threads. */
  public interface Watcher {
    /** So much of the bytes of all files was read. */
    void at(long doneBytes, long totalBytes);

    /** Whether to stop. */
    boolean isCancelled();
  }
}
