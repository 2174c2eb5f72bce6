package io.ilion.storage.engine;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.RowReader;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import io.ilion.storage.TableFile;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a file as a whole, piece by piece, and finds out which tokens cannot be read. Used by one
 * thread at a time, and blocks it while blocks are read.
 */
final class FileCheck {
  private final TableFile file;
  private final List<long[]> damage = new ArrayList<>();
  private final RowReader row = new RowReader();
  private PartitionCursor cursor;
  private RowCursor rows;
  private boolean any;
  private long token;
  private boolean isTokenKnown;
  private long partitionsRead;
  private long rowsRead;
  private String problem;

  /** A check of a file that is not shown in part. */
  FileCheck(TableFile file) {
    this.file = file;
    this.cursor = scan(Long.MIN_VALUE);
  }

  private PartitionCursor scan(long from) {
    return file.scan(new PartitionRange(from, null, true, Long.MAX_VALUE), Slices.ALL, null);
  }

  /**
   * Reads on.
   *
   * @param steps so many partitions and rows
   * @return whether there may be more
   */
  boolean more(int steps) {
    try {
      for (int i = 0; i < steps; i++) {
        if (cursor == null) {
          return false;
        }
        step();
      }
    } catch (CorruptDataException e) {
      problem = problem == null ? e.getMessage() : problem;
      close();
      skip();
    }
    return cursor != null || end();
  }

  private void step() {
    if (rows == null) {
      isTokenKnown = false;
      if (cursor.next() == PartitionCursor.Step.END) {
        close();
        return;
      }
      if (any && cursor.token() < token) {
        throw new CorruptDataException("a partition is out of the order of tokens");
      }
      token = cursor.token();
      isTokenKnown = true;
      any = true;
      if (cursor.staticRow() != null) {
        walk(cursor.staticRow(), 0, cursor.staticRow().length);
      }
      rows = cursor.rows(Slices.ALL, false);
      return;
    }
    RowCursor.Step step = rows.next();
    if (step == RowCursor.Step.END) {
      rows = null;
      partitionsRead++;
    } else if (step == RowCursor.Step.ROW) {
      rowsRead++;
      walk(rows.imageArray(), rows.imageOffset(), rows.imageLength());
    }
  }

  private void walk(byte[] image, int offset, int length) {
    row.wrap(image, offset, length);
    while (row.nextCell()) {
      row.timestamp();
    }
  }

  /** Looks for the nearest token behind the damage from which on something can be read. */
  private void skip() {
    rows = null;
    // A partition whose head could be read is known; else it lies somewhere behind the last one.
    long first = isTokenKnown ? token : any ? token + 1 : Long.MIN_VALUE;
    long bad = isTokenKnown ? token : first;
    double gap = ((double) file.lastToken() - file.firstToken()) / Math.max(1, file.partitions());
    double step = 1;
    long good;
    while (true) {
      if (bad >= file.lastToken()) {
        damage.add(new long[] {first, Long.MAX_VALUE});
        return;
      }
      double next = bad + step;
      good = next >= file.lastToken() ? file.lastToken() : Math.max(bad + 1, (long) next);
      if (canRead(good)) {
        break;
      }
      bad = good;
      step = step == 1 ? Math.max(2, gap / 16) : step * 2;
    }
    // The damage ends somewhere between what could not be read and what can.
    while ((double) good - bad > Math.max(1, gap / 64)) {
      long middle = (bad >> 1) + (good >> 1) + (bad & good & 1);
      if (canRead(middle)) {
        good = middle;
      } else {
        bad = middle;
      }
    }
    damage.add(new long[] {first, good - 1});
    cursor = scan(good);
    token = good;
  }

  private boolean canRead(long from) {
    try (PartitionCursor probe = scan(from)) {
      return probe == null || probe.next() != null;
    } catch (CorruptDataException e) {
      return false;
    }
  }

  /** Compares what was read with what the file says of itself. */
  private boolean end() {
    boolean differs = partitionsRead != file.partitions() || rowsRead != file.rows();
    if (problem == null && differs) {
      problem =
          "it has %d partitions and %d rows, but says %d and %d"
              .formatted(partitionsRead, rowsRead, file.partitions(), file.rows());
    }
    return false;
  }

  /** Lets go of what it reads. */
  void close() {
    if (cursor != null) {
      cursor.close();
      cursor = null;
    }
  }

  /** How much of the file was read, about. */
  long readBytes() {
    double all = 1.0 + file.partitions() + file.rows();
    return (long) (Math.min(1, (partitionsRead + rowsRead) / all) * file.bytes());
  }

  long partitionsRead() {
    return partitionsRead;
  }

  long rowsRead() {
    return rowsRead;
  }

  /** What is wrong with the file, or null. */
  String problem() {
    return problem;
  }

  /** The first and last tokens of what cannot be read, in their order. */
  List<long[]> damage() {
    return damage;
  }
}
