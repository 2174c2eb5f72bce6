package io.ilion.storage.sstable;

import io.ilion.model.data.Deletion;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Partitions that stand in plain lists, and are cut to slices by looking at each entry. */
final class ListCursor implements PartitionCursor {
  /** A row, or a marker if the image is null. */
  record Entry(byte[] position, byte[] image, Deletion before, Deletion after) {}

  /** A partition; its entries ascend, and a marker precedes a row of equal position. */
  record Partition(
      long token, byte[] key, Deletion deletion, byte[] staticRow, List<Entry> entries) {

    /** What a read of some slices is to show, in its order. */
    List<Entry> read(Slices slices, boolean reversed) {
      List<Entry> shown = new ArrayList<>();
      for (Slices.Interval slice : slices.intervals()) {
        Deletion open = Deletion.NONE;
        boolean inside = false;
        for (Entry entry : entries) {
          int toStart = Arrays.compareUnsigned(entry.position, slice.start());
          if (toStart < 0 || (toStart == 0 && entry.image == null)) {
            open = entry.image == null ? entry.after : open;
            continue;
          }
          if (Arrays.compareUnsigned(entry.position, slice.end()) >= 0) {
            break;
          }
          if (!inside) {
            enter(shown, slice, open);
            inside = true;
          }
          shown.add(entry);
          open = entry.image == null ? entry.after : open;
        }
        if (!inside) {
          enter(shown, slice, open);
        }
        if (!open.isNone()) {
          shown.add(new Entry(slice.end(), null, open, Deletion.NONE));
        }
      }
      return reversed ? shown.reversed() : shown;
    }

    private static void enter(List<Entry> shown, Slices.Interval slice, Deletion open) {
      if (!open.isNone()) {
        shown.add(new Entry(slice.start(), null, Deletion.NONE, open));
      }
    }
  }

  private final List<Partition> partitions;
  private int at = -1;

  ListCursor(List<Partition> partitions) {
    this.partitions = partitions;
  }

  @Override
  public Step next() {
    at++;
    return at < partitions.size() ? Step.PARTITION : Step.END;
  }

  @Override
  public void awaitBlock(Runnable resume) {
    throw new IllegalStateException("never blocked");
  }

  @Override
  public long token() {
    return partitions.get(at).token;
  }

  @Override
  public byte[] partitionKey() {
    return partitions.get(at).key;
  }

  @Override
  public Deletion partitionDeletion() {
    return partitions.get(at).deletion;
  }

  @Override
  public byte[] staticRow() {
    return partitions.get(at).staticRow;
  }

  @Override
  public RowCursor rows(Slices slices, boolean reversed) {
    return new Rows(partitions.get(at).read(slices, reversed));
  }

  @Override
  public void close() {}

  private static final class Rows implements RowCursor {
    private final List<Entry> entries;
    private int next;
    private Entry entry;

    Rows(List<Entry> entries) {
      this.entries = entries;
    }

    @Override
    public Step next() {
      if (next == entries.size()) {
        return Step.END;
      }
      entry = entries.get(next++);
      return entry.image == null ? Step.MARKER : Step.ROW;
    }

    @Override
    public void awaitBlock(Runnable resume) {
      throw new IllegalStateException("never blocked");
    }

    @Override
    public byte[] keyArray() {
      return entry.position;
    }

    @Override
    public int keyOffset() {
      return 0;
    }

    @Override
    public int keyLength() {
      return entry.position.length;
    }

    @Override
    public byte[] imageArray() {
      return entry.image;
    }

    @Override
    public int imageOffset() {
      return 0;
    }

    @Override
    public int imageLength() {
      return entry.image.length;
    }

    @Override
    public Deletion before() {
      return entry.before;
    }

    @Override
    public Deletion after() {
      return entry.after;
    }
  }
}
