package io.ilion.storage.engine;

import io.ilion.runtime.Files;
import io.ilion.runtime.WholeFile;
import io.ilion.storage.TableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * What the files of a snapshot have and their table did not show any more when it was made: tokens
 * that it had discarded, and what lanes had rewritten elsewhere since their number changed. The
 * manifest knew that; a snapshot has it in a file of its own, beside the links, if there is any.
 *
 * <pre>
 * file "hidden": u64 "ILIONHID", u32 version 1, edits of the kinds 9 and 11 as {@link ManifestEdit}
 * describes, u32 CRC32C of all before
 * </pre>
 */
public final class HiddenParts {
  static final String NAME = "hidden";

  private static final long MAGIC = 0x494C_494F_4E48_4944L;
  private static final int VERSION = 1;
  private static final int HEADER_BYTES = Long.BYTES + Integer.BYTES;

  /** Whoever has all of a file. */
  private static final LaneShare ALL = new LaneShare(1, 0);

  private final List<ManifestEdit> edits;

  private HiddenParts(List<ManifestEdit> edits) {
    this.edits = edits;
  }

  /** Those of the live files of a table. */
  static HiddenParts of(UUID id, ManifestState.Table table) {
    List<ManifestEdit> edits = new ArrayList<>();
    for (ManifestState.LiveFile live : table.files.values()) {
      for (LaneShare share : live.taken()) {
        edits.add(
            new ManifestEdit.TakeFile(id, live.generation(), share.lane(), share.laneCount()));
      }
    }
    table.discarded.forEach(discarded -> edits.add(new ManifestEdit.Discard(id, discarded)));
    return new HiddenParts(edits);
  }

  /**
   * Those that a directory of SSTables names; blocks.
   *
   * @throws IOException if the file that names them is damaged, or of another version
   */
  public static HiddenParts in(Files files, String directory) throws IOException {
    WholeFile file = new WholeFile(files, directory, NAME);
    if (!file.exists()) {
      return new HiddenParts(List.of());
    }
    ByteBuffer in = file.read();
    if (in.remaining() < HEADER_BYTES || in.getLong() != MAGIC || in.getInt() != VERSION) {
      throw new IOException(file.path() + " does not name hidden parts in version " + VERSION);
    }
    byte[] edits = new byte[in.remaining()];
    in.get(edits);
    return new HiddenParts(ManifestEdit.decode(edits));
  }

  /** Writes the file that names them into a directory, if there are any; blocks. */
  void write(Files files, String directory) throws IOException {
    if (edits.isEmpty()) {
      return;
    }
    byte[] encoded = ManifestEdit.encode(edits);
    new WholeFile(files, directory, NAME)
        .write(
            ByteBuffer.allocate(HEADER_BYTES + encoded.length)
                .putLong(MAGIC)
                .putInt(VERSION)
                .put(encoded)
                .array());
  }

  /**
   * A file without what is hidden of it.
   *
   * @param generation by which the directory knows the file
   */
  public TableFile hide(long generation, TableFile file) {
    TableFile shown = file;
    List<LaneShare> taken = new ArrayList<>();
    for (ManifestEdit edit : edits) {
      if (edit instanceof ManifestEdit.TakeFile(UUID table, long of, int lane, int laneCount)
          && of == generation) {
        taken.add(new LaneShare(laneCount, lane));
      } else if (edit instanceof ManifestEdit.Discard(UUID table, Discarded some)
          && generation <= some.generation()) {
        shown = new MaskedFile(shown, some.tokens());
      }
    }
    return taken.isEmpty() ? shown : new ForeignFile(shown, ALL, taken);
  }
}
