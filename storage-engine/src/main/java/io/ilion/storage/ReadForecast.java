package io.ilion.storage;

/**
 * What a read has to look into. Files are passed by if their tokens, the bounds of their clustering
 * keys or the bloom filter of an index page in memory say that they have nothing of it.
 *
 * @param memtables how many have something of what is read, or may have
 * @param files how many may have something of it
 * @param passed how many surely have nothing of it
 * @param partitions about how many partitions of these files are read; one counts once for each
 * @param rows about how many rows these have, whatever the slices: as many as the average of each
 *     file says
 * @param bytes of these files on disk
 * @param cells in these files, deleted ones among them
 * @param deletions of cells, rows, ranges and partitions in these files
 */
public record ReadForecast(
    int memtables,
    int files,
    int passed,
    long partitions,
    long rows,
    long bytes,
    long cells,
    long deletions) {
  /** Of a read that looks into nothing. */
  public static final ReadForecast NOTHING = new ReadForecast(0, 0, 0, 0, 0, 0, 0, 0);

  /**
   * The forecast of two reads, of one partition each or of what different lanes have. Files that
   * both look into count twice.
   */
  public ReadForecast plus(ReadForecast other) {
    return new ReadForecast(
        memtables + other.memtables,
        files + other.files,
        passed + other.passed,
        partitions + other.partitions,
        rows + other.rows,
        bytes + other.bytes,
        cells + other.cells,
        deletions + other.deletions);
  }
}
