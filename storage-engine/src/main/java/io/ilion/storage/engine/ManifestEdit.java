package io.ilion.storage.engine;

import io.ilion.storage.TableOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * One change of the manifest. Several in one record of the manifest happen together or not at all.
 *
 * <pre>
 * record: edit*
 * edit: u8 kind, then (id: two i64; string: u16 length, modified UTF-8; map: i32 count, pairs of strings)
 *   1 run          i64 run, i64 greatest generation
 *   2 put table    id, string directory, i64 gc_grace_seconds, f64 bloom_filter_fp_chance,
 *                  map compaction, map compression, i32 clustering columns
 *   3 drop table   id
 *   4 add file     id, i64 generation, i32 lane, i32 lane count
 *   5 remove file  id, i64 generation
 *   6 flushed      id, i64 run, i32 lane, i64 number of the last record in files
 *   7 minimal run  id, i64 run
 *   8 add file     as 4, then i32 level, i64 seconds since 1970 when it was written
 *   9 take file    id, i64 generation, i32 lane, i32 lane count
 *  10 confirmed    nothing
 *  11 discard      id, i64 generation, i32 count, pairs of i64 first and last token
 * </pre>
 */
sealed interface ManifestEdit {
  /** A start of the node. */
  record Run(long run, long maxGeneration) implements ManifestEdit {}

  /** A table or its new options. */
  record PutTable(TableOptions options) implements ManifestEdit {}

  /** A table is gone. */
  record DropTable(UUID table) implements ManifestEdit {}

  /**
   * A file is live.
   *
   * @param laneCount with the number of lanes that wrote it; 0 if nobody knows
   * @param level that the leveled strategy gave it
   */
  record AddFile(
      UUID table, long generation, int lane, int laneCount, int level, long createdSeconds)
      implements ManifestEdit {}

  /** A lane has rewritten what it owns of a file; nobody reads that there any more. */
  record TakeFile(UUID table, long generation, int lane, int laneCount) implements ManifestEdit {}

  /** A file is no longer live. */
  record RemoveFile(UUID table, long generation) implements ManifestEdit {}

  /** Records of the commit log are in files. */
  record Flushed(UUID table, long run, int lane, long number) implements ManifestEdit {}

  /** All records of earlier runs are in files, or truncated. */
  record MinRun(UUID table, long run) implements ManifestEdit {}

  /** What files up to a generation have of some tokens is no longer live. */
  record Discard(UUID table, Discarded discarded) implements ManifestEdit {}

  /**
   * The record before this one is on disk. It is not synced itself; but where it stands, what is
   * before it was not just left unfinished by a power failure.
   */
  record Confirmed() implements ManifestEdit {}

  /** The bytes of some edits. */
  static byte[] encode(List<ManifestEdit> edits) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    for (ManifestEdit edit : edits) {
      switch (edit) {
        case Run r -> {
          out.writeByte(1);
          out.writeLong(r.run);
          out.writeLong(r.maxGeneration);
        }
        case PutTable p -> {
          TableOptions o = p.options;
          out.writeByte(2);
          writeId(out, o.id());
          out.writeUTF(o.directoryName());
          out.writeLong(o.gcGraceSeconds());
          out.writeDouble(o.bloomFilterFpChance());
          writeMap(out, o.compaction());
          writeMap(out, o.compression());
          out.writeInt(o.clusteringColumns());
        }
        case DropTable d -> {
          out.writeByte(3);
          writeId(out, d.table);
        }
        case AddFile a -> {
          out.writeByte(8);
          writeId(out, a.table);
          out.writeLong(a.generation);
          out.writeInt(a.lane);
          out.writeInt(a.laneCount);
          out.writeInt(a.level);
          out.writeLong(a.createdSeconds);
        }
        case TakeFile t -> {
          out.writeByte(9);
          writeId(out, t.table);
          out.writeLong(t.generation);
          out.writeInt(t.lane);
          out.writeInt(t.laneCount);
        }
        case RemoveFile r -> {
          out.writeByte(5);
          writeId(out, r.table);
          out.writeLong(r.generation);
        }
        case Flushed f -> {
          out.writeByte(6);
          writeId(out, f.table);
          out.writeLong(f.run);
          out.writeInt(f.lane);
          out.writeLong(f.number);
        }
        case MinRun m -> {
          out.writeByte(7);
          writeId(out, m.table);
          out.writeLong(m.run);
        }
        case Confirmed c -> out.writeByte(10);
        case Discard d -> {
          TokenSet tokens = d.discarded.tokens();
          out.writeByte(11);
          writeId(out, d.table);
          out.writeLong(d.discarded.generation());
          out.writeInt(tokens.intervals());
          for (int i = 0; i < tokens.intervals(); i++) {
            out.writeLong(tokens.first(i));
            out.writeLong(tokens.last(i));
          }
        }
      }
    }
    return bytes.toByteArray();
  }

  /** The edits of some bytes. */
  static List<ManifestEdit> decode(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    List<ManifestEdit> edits = new ArrayList<>();
    while (in.available() > 0) {
      int kind = in.readByte();
      if (kind == 1) {
        edits.add(new Run(in.readLong(), in.readLong()));
        continue;
      }
      if (kind == 10) {
        edits.add(new Confirmed());
        continue;
      }
      UUID id = new UUID(in.readLong(), in.readLong());
      edits.add(
          switch (kind) {
            case 2 ->
                new PutTable(
                    new TableOptions(
                        id,
                        in.readUTF(),
                        in.readLong(),
                        in.readDouble(),
                        readMap(in),
                        readMap(in),
                        in.readInt()));
            case 3 -> new DropTable(id);
            case 4 -> new AddFile(id, in.readLong(), in.readInt(), in.readInt(), 0, 0);
            case 5 -> new RemoveFile(id, in.readLong());
            case 6 -> new Flushed(id, in.readLong(), in.readInt(), in.readLong());
            case 7 -> new MinRun(id, in.readLong());
            case 8 ->
                new AddFile(
                    id, in.readLong(), in.readInt(), in.readInt(), in.readInt(), in.readLong());
            case 9 -> new TakeFile(id, in.readLong(), in.readInt(), in.readInt());
            case 11 -> new Discard(id, new Discarded(in.readLong(), readTokens(in)));
            default -> throw new IOException("the manifest has an edit of unknown kind " + kind);
          });
    }
    return edits;
  }

  private static void writeId(DataOutputStream out, UUID id) throws IOException {
    out.writeLong(id.getMostSignificantBits());
    out.writeLong(id.getLeastSignificantBits());
  }

  private static TokenSet readTokens(DataInputStream in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > in.available() / (2 * Long.BYTES)) {
      throw new IOException("the manifest has an edit of " + count + " ranges of tokens");
    }
    long[] firsts = new long[count];
    long[] lasts = new long[count];
    for (int i = 0; i < count; i++) {
      firsts[i] = in.readLong();
      lasts[i] = in.readLong();
    }
    return TokenSet.ofIntervals(firsts, lasts);
  }

  private static void writeMap(DataOutputStream out, Map<String, String> map) throws IOException {
    out.writeInt(map.size());
    for (Map.Entry<String, String> e : new TreeMap<>(map).entrySet()) {
      out.writeUTF(e.getKey());
      out.writeUTF(e.getValue());
    }
  }

  private static Map<String, String> readMap(DataInputStream in) throws IOException {
    int count = in.readInt();
    Map<String, String> map = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      map.put(in.readUTF(), in.readUTF());
    }
    return Map.copyOf(map);
  }
}
