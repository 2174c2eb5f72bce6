package io.ilion.gossip.metadata;

import io.ilion.gossip.messaging.Payload;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.AppendFile;
import io.ilion.runtime.Files;
import io.ilion.runtime.ReadFile;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;

/**
 * What a member of the agreement has on disk: one file, written front to back, and written anew at
 * every start and whenever it has grown much, so that it does not grow for ever.
 *
 * <pre>
 * header:   8 bytes "ILIONMDL", u32 version 2, i64 id of the file, drawn when it is begun
 * frame:    u32 length of what follows the checksum, u32 CRC32C of the id of the file, of the length
 *           and of what follows,
 *           i64 how much of the file was on disk when this was written, u8 kind, by kind:
 *   0 snapshot:  i64 index, i64 term, bytes of the metadata; the first frame and nowhere else
 *   1 step:      i64 term, id of whom the vote is for or zeroes, entries as {@link LogEntry} writes
 *                them; they take the place of those from their first index on
 *   2 decided:   i64 index up to which entries are decided
 * </pre>
 *
 * Bytes that make no frame are what a crash left of something that was never acknowledged, unless a
 * frame behind them says that they were on disk: then the file is damaged, and refused. So that the
 * last step is covered too, something is written behind it when it is on disk. What a crash left
 * may be of a file that was deleted, even whole frames: the id tells them apart. Called by one
 * thread at a time.
 *
 * <p>Version 1, of a node that was never in a cluster, had entries of another form; it is read, and
 * written anew: {@link OldMetadataFile}.
 */
final class MetadataFile implements AutoCloseable {
  static final byte[] MAGIC = "ILIONMDL".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 2;
  private static final int HEADER = 20;
  private static final int LEAST_HEADER = 12;
  private static final int FRAME_HEADER = 8;
  private static final int LEAST_FRAME = 9;
  private static final int SNAPSHOT = 0;
  private static final int STEP = 1;
  private static final int DECIDED = 2;
  private static final long LEAST_GROWTH = 1 << 20;

  private final Files files;
  private final String directory;
  private final RandomGenerator random;
  private AppendFile file;
  private long fileId;
  private long durable;
  private long rewrittenSize;
  private long durablyDecided;
  private boolean broken;

  private MetadataFile(Files files, String directory, RandomGenerator random) {
    this.files = files;
    this.directory = directory;
    this.random = random;
  }

  /** A file, and what was in it. */
  record Opened(MetadataFile file, RaftState state) {}

  /**
   * Opens the file of a directory, or begins one.
   *
   * @throws IOException also for a file that is damaged; the message says where
   */
  static Opened open(Files files, String directory, RandomGenerator random) throws IOException {
    files.createDirectories(directory);
    MetadataFile opened = new MetadataFile(files, directory, random);
    RaftState state = opened.load();
    opened.rewrite(state);
    return new Opened(opened, state);
  }

  /**
   * What the file of a directory has, which stays as it is; empty if there is none.
   *
   * @throws IOException also for a file that is damaged; the message says where
   */
  static RaftState read(Files files, String directory) throws IOException {
    return new MetadataFile(files, directory, null).load();
  }

  private String path() {
    return directory + "/metadata.log";
  }

  private RaftState load() throws IOException {
    if (!files.exists(path())) {
      return RaftState.EMPTY;
    }
    byte[] bytes;
    try (ReadFile in = files.open(path())) {
      bytes = new byte[Math.toIntExact(in.size())];
      in.readAt(0, ByteBuffer.wrap(bytes));
    }
    if (bytes.length < LEAST_HEADER) {
      throw new IOException(path() + " is too short to be a metadata log");
    }
    int version = ByteBuffer.wrap(bytes).getInt(MAGIC.length);
    if (Arrays.mismatch(MAGIC, bytes) != MAGIC.length || version < 1 || version > VERSION) {
      throw new IOException(
          path() + " is no metadata log of version " + VERSION + " or an earlier one");
    }
    try {
      return version == 1 ? OldMetadataFile.read(bytes, path()) : read(bytes);
    } catch (CorruptDataException | BufferUnderflowException | IllegalStateException e) {
      throw new IOException(path() + " has a frame that cannot be read", e);
    }
  }

  private RaftState read(byte[] bytes) throws IOException {
    if (bytes.length < HEADER) {
      throw new IOException(path() + " is too short to be a metadata log");
    }
    fileId = ByteBuffer.wrap(bytes).getLong(LEAST_HEADER);
    RaftState state = null;
    int at = HEADER;
    while (at < bytes.length) {
      int end = frameEnd(bytes, at);
      if (end < 0) {
        refuseDamage(bytes, at);
        break;
      }
      ByteBuffer in = ByteBuffer.wrap(bytes, at + FRAME_HEADER, end - at - FRAME_HEADER).slice();
      in.getLong();
      int kind = in.get();
      if ((kind == SNAPSHOT) != (state == null)) {
        throw new IOException(path() + " is damaged at offset " + at);
      }
      state = kind == SNAPSHOT ? snapshot(in) : next(state, kind, in);
      at = end;
    }
    if (state == null) {
      throw new IOException(path() + " is damaged at offset " + HEADER);
    }
    return state;
  }

  private void refuseDamage(byte[] bytes, int at) throws IOException {
    for (int later = at + 1; later < bytes.length; later++) {
      if (frameEnd(bytes, later) > 0 && ByteBuffer.wrap(bytes).getLong(later + FRAME_HEADER) > at) {
        throw new IOException(path() + " is damaged at offset " + at);
      }
    }
  }

  /** Where a whole frame ends that begins at an offset; -1 if none does. */
  private int frameEnd(byte[] bytes, int at) {
    if (bytes.length - at < FRAME_HEADER) {
      return -1;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, at, bytes.length - at);
    int length = in.getInt();
    int checksum = in.getInt();
    if (length < LEAST_FRAME || length > in.remaining()) {
      return -1;
    }
    return checksum(fileId, length, bytes, in.position()) == checksum ? in.position() + length : -1;
  }

  private static int checksum(long fileId, int length, byte[] bytes, int offset) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(12).putLong(0, fileId).putInt(8, length));
    crc.update(bytes, offset, length);
    return (int) crc.getValue();
  }

  private static RaftState snapshot(ByteBuffer in) {
    LogPosition at = new LogPosition(in.getLong(), in.getLong());
    ClusterMetadata metadata = MetadataCodec.decode(Payload.readBytes(in));
    return new RaftState(at.term(), null, at, metadata, List.of(), at.index());
  }

  private static RaftState next(RaftState state, int kind, ByteBuffer in) {
    long term = state.term();
    UUID votedFor = state.votedFor();
    List<LogEntry> entries = new ArrayList<>(state.entries());
    long commit = state.commit();
    if (kind == STEP) {
      term = in.getLong();
      votedFor = Payload.readOptionalUuid(in);
      List<LogEntry> newer = LogEntry.read(in);
      if (!newer.isEmpty()) {
        int place = (int) (newer.getFirst().index() - state.snapshot().index() - 1);
        if (place < 0 || place > entries.size()) {
          throw new IllegalStateException("a gap before entry " + newer.getFirst().index());
        }
        entries.subList(place, entries.size()).clear();
        entries.addAll(newer);
      }
    } else if (kind == DECIDED) {
      commit = Math.max(commit, in.getLong());
    } else {
      throw new CorruptDataException("a frame of unknown kind " + kind);
    }
    return new RaftState(term, votedFor, state.snapshot(), state.metadata(), entries, commit);
  }

  /** Whether the file has grown so much that it should be written anew. */
  boolean isGrown() {
    return file.size() > Math.max(LEAST_GROWTH, 4 * rewrittenSize);
  }

  /** Whether nothing can be written but all, since something before could not be. */
  boolean isBroken() {
    return broken;
  }

  /**
   * Writes everything anew, durably.
   *
   * @throws SyncFailedException if the node must stop
   * @throws IOException if there is no space; it can be tried again
   */
  void rewrite(RaftState state) throws IOException {
    broken = true;
    String fresh = path() + ".new";
    if (files.exists(fresh)) {
      files.delete(fresh);
    }
    if (file != null) {
      file.close();
    }
    file = files.create(fresh);
    durable = 0;
    ByteSink header = new ByteSink();
    header.writeBytes(MAGIC);
    header.writeInt(VERSION);
    fileId = random.nextLong();
    header.writeLong(fileId);
    file.append(ByteBuffer.wrap(header.toByteArray()));
    ByteSink snapshot = begin(SNAPSHOT);
    snapshot.writeLong(state.snapshot().index());
    snapshot.writeLong(state.snapshot().term());
    Payload.writeBytes(snapshot, MetadataCodec.encode(state.metadata()));
    append(snapshot);
    appendStep(state.term(), state.votedFor(), state.entries());
    // What was known to be decided must stay so: the node has worked by it.
    noteDecided(state.commit());
    try {
      file.sync();
      durable = file.size();
      files.rename(fresh, path());
      files.syncDirectory(directory);
    } catch (IOException e) {
      throw new SyncFailedException(path(), e);
    }
    rewrittenSize = file.size();
    durablyDecided = state.commit();
    noteDecided(state.commit());
    broken = false;
  }

  /**
   * Makes a step durable.
   *
   * @param entries in the place of those from the first one's index on
   * @param commit up to where entries are decided; noted behind the step
   * @throws SyncFailedException if the node must stop
   * @throws IOException if there is no space: the file has to be written anew
   */
  void step(long term, UUID votedFor, List<LogEntry> entries, long commit) throws IOException {
    broken = true;
    // Of those that are here already: what the step has in the place of others may be decided, but
    // if only this note got to the disk, it would say so of the others.
    long before = entries.isEmpty() ? commit : Math.min(commit, entries.getFirst().index() - 1);
    if (before > durablyDecided) {
      // A voter that votes alone works by its own entries at once; behind one that gives it others
      // to vote with, it would have to ask them whether those were decided.
      noteDecided(before);
    }
    appendStep(term, votedFor, entries);
    sync();
    durablyDecided = Math.max(durablyDecided, commit);
    noteDecided(commit);
    broken = false;
  }

  private void sync() throws IOException {
    try {
      file.sync();
    } catch (IOException e) {
      throw new SyncFailedException(path(), e);
    }
    durable = file.size();
  }

  private void noteDecided(long commit) throws IOException {
    ByteSink frame = begin(DECIDED);
    frame.writeLong(commit);
    append(frame);
  }

  /**
   * Makes it durable up to where entries are decided.
   *
   * @throws IOException as {@link #step}
   */
  void decided(long commit) throws IOException {
    broken = true;
    noteDecided(commit);
    sync();
    durablyDecided = Math.max(durablyDecided, commit);
    broken = false;
  }

  private void appendStep(long term, UUID votedFor, List<LogEntry> entries) throws IOException {
    ByteSink step = begin(STEP);
    step.writeLong(term);
    Payload.writeOptionalUuid(step, votedFor);
    LogEntry.write(step, entries);
    append(step);
  }

  private ByteSink begin(int kind) {
    ByteSink frame = new ByteSink(256);
    frame.writeInt(0);
    frame.writeInt(0);
    frame.writeLong(durable);
    frame.writeByte(kind);
    return frame;
  }

  private void append(ByteSink frame) throws IOException {
    int length = frame.size() - FRAME_HEADER;
    frame.setInt(0, length);
    frame.setInt(4, checksum(fileId, length, frame.array(), FRAME_HEADER));
    file.append(ByteBuffer.wrap(frame.array(), 0, frame.size()));
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /** What was written may or may not be on disk, and nobody can tell: the node must stop. */
  static final class SyncFailedException extends IOException {
    private static final long serialVersionUID = 1;

    SyncFailedException(String path, Throwable cause) {
      super("cannot make " + path + " durable", cause);
    }
  }
}
