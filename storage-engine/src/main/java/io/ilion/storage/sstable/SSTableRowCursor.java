package io.ilion.storage.sstable;

import io.ilion.model.data.Deletion;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import java.util.Arrays;
import java.util.List;

/**
 * Walks over the rows and markers of one partition. Deletions are cut to the slices: one that is in
 * force where a slice begins gets a marker there, and one where it ends.
 */
final class SSTableRowCursor implements RowCursor {
  private final BlockIndex index;
  private final BlockSource source;
  private final int headBlock;
  private final int headOffset;
  private final int lastBlock;
  private final List<Slices.Interval> intervals;
  private final boolean reversed;
  private final BlockReader reader = new BlockReader();

  private int interval;
  private boolean inside;

  /** Whether the beginning of the slice has still to be found. */
  private boolean seeking;

  private int block;

  /** The offset of the next entry forwards. */
  private int offset;

  /** Backwards: the offsets of the block's entries, and how many of them are still to come. */
  private int[] entries = new int[0];

  private int left;
  private Deletion open = Deletion.NONE;

  private byte[] keyArray;
  private int keyOffset;
  private int keyLength;
  private Deletion before;
  private Deletion after;

  SSTableRowCursor(
      SSTable table,
      BlockSource source,
      byte[] headBytes,
      int headBlock,
      int headOffset,
      int lastBlock,
      List<Slices.Interval> intervals,
      boolean reversed) {
    this.index = table.index();
    this.source = source;
    this.headBlock = headBlock;
    this.headOffset = headOffset;
    this.lastBlock = lastBlock;
    this.intervals = intervals;
    this.reversed = reversed;
    this.block = headBlock;
    reader.bytes = headBytes;
    interval = reversed ? intervals.size() - 1 : 0;
  }

  @Override
  public Step next() {
    while (interval >= 0 && interval < intervals.size()) {
      Slices.Interval slice = intervals.get(interval);
      if (!inside) {
        int target =
            index.blockOf(headBlock, lastBlock, reversed ? slice.end() : slice.start(), !reversed);
        if (!load(target)) {
          return Step.BLOCKED;
        }
        inside = true;
        seeking = true;
        offset = begin();
      }
      Step step = reversed ? backwards(slice) : forwards(slice);
      if (step != Step.END) {
        return step;
      }
      inside = false;
      interval += reversed ? -1 : 1;
      if (!open.isNone()) {
        Deletion last = open;
        open = Deletion.NONE;
        return reversed
            ? marker(slice.start(), Deletion.NONE, last)
            : marker(slice.end(), last, Deletion.NONE);
      }
    }
    return Step.END;
  }

  private boolean load(int target) {
    if (target != block) {
      byte[] bytes = source.get(target);
      if (bytes == null) {
        return false;
      }
      reader.bytes = bytes;
      block = target;
    }
    return true;
  }

  /** The offset of the block's first entry of this partition; sets what is open there. */
  private int begin() {
    if (block == headBlock) {
      open = Deletion.NONE;
      return headOffset;
    }
    int behind = reader.read(0);
    open = reader.deletion();
    return behind;
  }

  private Step forwards(Slices.Interval slice) {
    while (true) {
      if (offset >= reader.bytes.length) {
        if (block == lastBlock) {
          return leave();
        }
        Deletion kept = open;
        if (!load(block + 1)) {
          return Step.BLOCKED;
        }
        offset = begin();
        open = kept;
        continue;
      }
      int behind = reader.read(offset);
      if (reader.kind == SSTableWriter.HEAD) {
        return leave();
      }
      if (seeking) {
        int order = reader.compareKey(slice.start());
        if (reader.kind == SSTableWriter.MARKER ? order <= 0 : order < 0) {
          if (reader.kind == SSTableWriter.MARKER) {
            open = reader.after();
          }
          offset = behind;
          continue;
        }
        seeking = false;
        if (!open.isNone()) {
          return marker(slice.start(), Deletion.NONE, open);
        }
      }
      if (reader.compareKey(slice.end()) >= 0) {
        return Step.END;
      }
      offset = behind;
      return entry();
    }
  }

  /** The partition ended; nothing can be open then, unless the beginning was never found. */
  private Step leave() {
    open = Deletion.NONE;
    return Step.END;
  }

  private Step backwards(Slices.Interval slice) {
    if (seeking) {
      collect(slice.end());
      seeking = false;
      if (!open.isNone()) {
        return marker(slice.end(), open, Deletion.NONE);
      }
    }
    while (left == 0) {
      if (block == headBlock) {
        return Step.END;
      }
      Deletion kept = open;
      if (!load(block - 1)) {
        return Step.BLOCKED;
      }
      offset = begin();
      collect(null);
      open = kept;
    }
    reader.read(entries[left - 1]);
    int order = reader.compareKey(slice.start());
    if (reader.kind == SSTableWriter.MARKER ? order <= 0 : order < 0) {
      return Step.END;
    }
    left--;
    return entry();
  }

  /** Notes the entries of the block before a position, and what is open behind the last of them. */
  private void collect(byte[] end) {
    left = 0;
    int at = offset;
    while (at < reader.bytes.length) {
      int behind = reader.read(at);
      if (reader.kind == SSTableWriter.HEAD || (end != null && reader.compareKey(end) >= 0)) {
        break;
      }
      if (left == entries.length) {
        entries = Arrays.copyOf(entries, Math.max(64, left * 2));
      }
      entries[left++] = at;
      if (reader.kind == SSTableWriter.MARKER) {
        open = reader.after();
      }
      at = behind;
    }
  }

  private Step entry() {
    if (reader.kind == SSTableWriter.ROW) {
      keyArray = reader.bytes;
      keyOffset = reader.keyOffset;
      keyLength = reader.keyLength;
      return Step.ROW;
    }
    Deletion lower = reader.deletion();
    Deletion upper = reader.after();
    open = reversed ? lower : upper;
    marker(reader.bytes, lower, upper);
    keyOffset = reader.keyOffset;
    keyLength = reader.keyLength;
    return Step.MARKER;
  }

  private Step marker(byte[] position, Deletion lower, Deletion upper) {
    keyArray = position;
    keyOffset = 0;
    keyLength = position.length;
    before = lower;
    after = upper;
    return Step.MARKER;
  }

  @Override
  public void awaitBlock(Runnable resume) {
    source.await(resume);
  }

  @Override
  public byte[] keyArray() {
    return keyArray;
  }

  @Override
  public int keyOffset() {
    return keyOffset;
  }

  @Override
  public int keyLength() {
    return keyLength;
  }

  @Override
  public byte[] imageArray() {
    return reader.bytes;
  }

  @Override
  public int imageOffset() {
    return reader.imageOffset;
  }

  @Override
  public int imageLength() {
    return reader.imageLength;
  }

  @Override
  public Deletion before() {
    return before;
  }

  @Override
  public Deletion after() {
    return after;
  }
}
