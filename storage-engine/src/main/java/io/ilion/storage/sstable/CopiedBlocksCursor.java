package io.ilion.storage.sstable;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.TokenRange;
import io.ilion.storage.BlockSupply;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What a file elsewhere has of some ranges, read from its blocks while they arrive. A block whose
 * checksum does not match ends it, before anything of the block is seen.
 */
final class CopiedBlocksCursor extends BlockPartitionCursor {
  private final List<TokenRange> ranges;
  private final BlockSupply supply;
  private final CRC32C crc = new CRC32C();
  private final Rows rows = new Rows();
  private BlockPieces.Reader piece;

  private byte[] bytes = new byte[BlockCache.BUFFER_BYTES];

  /** The range of the block in hand; -1 before the first. */
  private int range = -1;

  /** The next entry of the block in hand, and how many it has. */
  private int entry;

  private int entries;

  CopiedBlocksCursor(List<TokenRange> ranges, BlockSupply supply) {
    this.ranges = ranges;
    this.supply = supply;
  }

  /** Takes the next block in hand; PARTITION if there is one. */
  private Step nextBlock() {
    while (piece == null || !piece.next()) {
      ByteBuffer next = supply.take();
      if (next == null) {
        piece = null;
        return supply.isOver() ? Step.END : Step.BLOCKED;
      }
      piece = new BlockPieces.Reader(next);
    }
    crc.reset();
    crc.update(piece.array(), piece.offset(), piece.stored);
    if ((int) crc.getValue() != piece.checksum) {
      throw new CorruptDataException(
          "a block of %d bytes that was copied has the checksum %08x, not %08x"
              .formatted(piece.stored, (int) crc.getValue(), piece.checksum));
    }
    if (piece.range < range || piece.range >= ranges.size()) {
      throw new CorruptDataException("a block that was copied is of range " + piece.range);
    }
    if (bytes.length < piece.raw) {
      bytes = new byte[piece.raw];
    }
    if (piece.stored == piece.raw) {
      System.arraycopy(piece.array(), piece.offset(), bytes, 0, piece.raw);
    } else {
      piece.codec().decompress(piece.array(), piece.offset(), piece.stored, bytes, piece.raw);
    }
    range = piece.range;
    reader.open(bytes, piece.raw);
    entries = reader.entries();
    entry = 0;
    return Step.PARTITION;
  }

  @Override
  public Step next() {
    rows.over = true;
    while (true) {
      if (entry >= entries) {
        Step step = nextBlock();
        if (step != Step.PARTITION) {
          return step;
        }
      }
      reader.read(entry++);
      if (reader.kind != SSTableWriter.HEAD || reader.token <= ranges.get(range).start()) {
        continue;
      }
      if (reader.token > ranges.get(range).end()) {
        // The rest of the block is of no interest.
        entry = entries;
        continue;
      }
      takePartition();
      return Step.PARTITION;
    }
  }

  @Override
  public void awaitBlock(Runnable resume) {
    supply.await(resume);
  }

  @Override
  public RowCursor rows(Slices slices, boolean reversed) {
    if (reversed || !slices.equals(Slices.ALL)) {
      throw new IllegalArgumentException("what is copied is walked as a whole");
    }
    rows.over = false;
    return rows;
  }

  @Override
  public void close() {
    supply.close();
  }

  /** The entries behind the head of the current partition. */
  private final class Rows extends BlockRowCursor {
    private boolean over;

    Rows() {
      super(CopiedBlocksCursor.this.reader);
    }

    @Override
    public Step next() {
      while (!over) {
        if (entry >= entries) {
          int ofRange = range;
          PartitionCursor.Step step = nextBlock();
          if (step == PartitionCursor.Step.BLOCKED) {
            return Step.BLOCKED;
          }
          over = step == PartitionCursor.Step.END || range != ofRange;
          if (!over) {
            // The rest of a partition stands behind an entry that says so.
            reader.read(0);
            over = reader.kind != SSTableWriter.CONTINUED;
            entry = over ? 0 : 1;
          }
          continue;
        }
        reader.read(entry);
        over = reader.kind != SSTableWriter.ROW && reader.kind != SSTableWriter.MARKER;
        if (!over) {
          entry++;
          return entry();
        }
      }
      return Step.END;
    }

    @Override
    public void awaitBlock(Runnable resume) {
      supply.await(resume);
    }
  }
}
