package io.ilion.storage;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowMerger;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.RowWriter;
import java.util.Arrays;
import java.util.List;

/**
 * Several sources as one: reads, flushes and compactions alike walk over this. A partition or row
 * that several sources have is merged by the one rule of {@link RowMerger}; what deletions shadow
 * is left out, the deletions themselves stay. Resumable: a step that a source blocks is taken
 * again.
 */
public final class MergeCursor implements PartitionCursor {
  private final PartitionCursor[] sources;
  private final boolean markers;
  private final boolean[] wanted;
  private final boolean[] present;
  private final PartitionCursor[] heads;
  private final MergeRowCursor rows;
  private int headCount;
  private PartitionCursor blocked;
  private Deletion deletion = Deletion.NONE;

  /**
   * Merges sources, which belong to this cursor from now on.
   *
   * @param markers whether the row cursors show the markers of range deletions; a reader that only
   *     wants what is left does without
   */
  public MergeCursor(List<? extends PartitionCursor> sources, boolean markers) {
    this.sources = sources.toArray(new PartitionCursor[0]);
    this.markers = markers;
    int count = this.sources.length;
    wanted = new boolean[count];
    present = new boolean[count];
    heads = new PartitionCursor[count];
    Arrays.fill(wanted, true);
    rows = new MergeRowCursor(count);
  }

  @Override
  public Step next() {
    for (int i = 0; i < sources.length; i++) {
      if (wanted[i]) {
        Step step = sources[i].next();
        if (step == Step.BLOCKED) {
          blocked = sources[i];
          return Step.BLOCKED;
        }
        wanted[i] = false;
        present[i] = step == Step.PARTITION;
      }
    }
    headCount = 0;
    for (int i = 0; i < sources.length; i++) {
      if (present[i]) {
        int order = headCount == 0 ? 0 : compare(sources[i], heads[0]);
        if (order < 0) {
          headCount = 0;
        }
        if (order <= 0) {
          heads[headCount++] = sources[i];
        }
      }
    }
    if (headCount == 0) {
      return Step.END;
    }
    deletion = Deletion.NONE;
    for (int i = 0; i < headCount; i++) {
      deletion = Deletion.max(deletion, heads[i].partitionDeletion());
    }
    for (int i = 0, h = 0; i < sources.length && h < headCount; i++) {
      if (sources[i].equals(heads[h])) {
        wanted[i] = true;
        h++;
      }
    }
    return Step.PARTITION;
  }

  private static int compare(PartitionCursor a, PartitionCursor b) {
    int order = Long.compare(a.token(), b.token());
    return order != 0 ? order : Arrays.compareUnsigned(a.partitionKey(), b.partitionKey());
  }

  @Override
  public void awaitBlock(Runnable resume) {
    blocked.awaitBlock(resume);
  }

  @Override
  public long token() {
    return heads[0].token();
  }

  @Override
  public byte[] partitionKey() {
    return heads[0].partitionKey();
  }

  @Override
  public Deletion partitionDeletion() {
    return deletion;
  }

  @Override
  public byte[] staticRow() {
    RowReader[] readers = null;
    int count = 0;
    for (int i = 0; i < headCount; i++) {
      byte[] image = heads[i].staticRow();
      if (image != null) {
        if (readers == null) {
          readers = new RowReader[headCount];
        }
        readers[count++] = new RowReader().wrap(image);
      }
    }
    if (count == 0) {
      return null;
    }
    RowWriter out = new RowWriter();
    return new RowMerger().merge(readers, count, deletion.timestamp(), out)
        ? out.toByteArray()
        : null;
  }

  @Override
  public RowCursor rows(Slices slices, boolean reversed) {
    rows.begin(deletion, reversed, markers);
    for (int i = 0; i < headCount; i++) {
      rows.add(heads[i].rows(slices, reversed));
    }
    return rows;
  }

  @Override
  public void close() {
    for (PartitionCursor source : sources) {
      source.close();
    }
  }
}
