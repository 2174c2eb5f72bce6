package io.ilion.tools.load.run;

import io.ilion.tools.console.ToolException;
import io.ilion.tools.load.format.Chunk;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which chunks of which files are loaded: a file with a line for each, written when all its rows
 * are acknowledged or noted as bad. So whatever ends the process, a second run loads only what
 * follows, and at most what was on its way again.
 *
 * <pre>
 * ilion-load 1 FINGERPRINT
 * FILE START END LAST-LINE LOADED BAD
 * FILE START END LAST-LINE LOADED BAD RECORDS-LENGTH REASONS-LENGTH
 * done
 * </pre>
 *
 * The numbers are decimal; a last line that is not whole does not count. A chunk with bad records
 * says how long the files of those are with them: what is behind that belongs to chunks that are
 * loaded again. The fingerprint is a hash of what has to be the same in the second run. The file is
 * locked while a process loads by it.
 */
public final class Checkpoint implements Closeable {
  private static final String HEADER = "ilion-load 1 ";
  private static final String DONE = "done";

  /** Behind a chunk: where it ended, and in which line. */
  private record End(long end, long line) {}

  private final FileChannel channel;
  private final Map<Integer, TreeMap<Long, End>> chunks;
  private final boolean finished;
  private final long loaded;
  private final long bad;
  private final long[] badLengths;

  private Checkpoint(
      FileChannel channel,
      Map<Integer, TreeMap<Long, End>> chunks,
      boolean finished,
      long loaded,
      long bad,
      long[] badLengths) {
    this.channel = channel;
    this.chunks = chunks;
    this.finished = finished;
    this.loaded = loaded;
    this.bad = bad;
    this.badLengths = badLengths;
  }

  /** One that keeps nothing. */
  public static Checkpoint none() {
    return new Checkpoint(null, Map.of(), false, 0, 0, new long[2]);
  }

  /**
   * Opens what an earlier run left, or begins.
   *
   * @param anew whether to begin whatever an earlier run left
   * @throws ToolException if the earlier run was another one, or still runs
   */
  public static Checkpoint open(Path file, String fingerprint, boolean anew) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      lock(channel, file);
      if (anew) {
        channel.truncate(0);
      }
      return open(channel, file, fingerprint);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static void lock(FileChannel channel, Path file) throws IOException {
    ToolException busy = ToolException.failed(file + ": another process loads by this checkpoint");
    try {
      if (channel.tryLock() == null) {
        throw busy;
      }
    } catch (OverlappingFileLockException e) {
      throw busy.causedBy(e);
    }
  }

  private static Checkpoint open(FileChannel channel, Path file, String fingerprint)
      throws IOException {
    Map<Integer, TreeMap<Long, End>> chunks = new HashMap<>();
    boolean finished = false;
    long loaded = 0;
    long bad = 0;
    long good = 0;
    long[] badLengths = new long[2];
    // To close another channel of this file would give the lock back.
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
      continue;
    }
    if (bytes.position() > 0) {
      String text = StandardCharsets.US_ASCII.decode(bytes.flip()).toString();
      List<String> lines = text.lines().toList();
      int whole = text.endsWith("\n") ? lines.size() : lines.size() - 1;
      for (int i = 0; i < whole; i++) {
        String line = lines.get(i);
        if (i == 0) {
          if (!line.equals(HEADER + fingerprint)) {
            throw ToolException.wrongUse(file + " is the checkpoint of another load")
                .hint("options, mapping or files differ; name another directory, or add --restart");
          }
        } else if (line.equals(DONE)) {
          finished = true;
        } else {
          long[] numbers = numbers(file, line);
          if (numbers.length == 8) {
            badLengths = Arrays.copyOfRange(numbers, 6, 8);
          } else if (numbers[5] > 0) {
            // An earlier version did not say: nothing is taken out then.
            badLengths = new long[] {Long.MAX_VALUE, Long.MAX_VALUE};
          }
          chunks
              .computeIfAbsent((int) numbers[0], index -> new TreeMap<>())
              .put(numbers[1], new End(numbers[2], numbers[3]));
          loaded += numbers[4];
          bad += numbers[5];
        }
        good += line.length() + 1;
      }
    }
    Checkpoint checkpoint = new Checkpoint(channel, chunks, finished, loaded, bad, badLengths);
    channel.truncate(good);
    channel.position(good);
    if (good == 0) {
      checkpoint.append(HEADER + fingerprint);
    }
    return checkpoint;
  }

  private static long[] numbers(Path file, String line) {
    String[] words = line.split(" ", -1);
    try {
      long[] numbers = new long[words.length == 8 ? 8 : 6];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = Long.parseLong(words[i]);
      }
      return numbers;
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      throw ToolException.failed(file + " is damaged: '" + line + "'")
          .hint("--restart begins anew")
          .causedBy(e);
    }
  }

  /** Whether the earlier run did everything. */
  public boolean isFinished() {
    return finished;
  }

  /** Whether there was an earlier run that did something. */
  public boolean isResumed() {
    return !chunks.isEmpty();
  }

  /** How many rows earlier runs have loaded. */
  public long loadedBefore() {
    return loaded;
  }

  /** How many records were bad in earlier runs. */
  public long badBefore() {
    return bad;
  }

  /** How long the files of records and of reasons were when the last bad one was noted here. */
  public long[] badLengths() {
    return badLengths.clone();
  }

  /**
   * How far a file was loaded without a gap.
   *
   * @param begin where its first chunk begins
   * @return that place and the line there, as two numbers; null if nothing was loaded
   */
  public long[] watermark(int file, long begin) {
    TreeMap<Long, End> of = chunks.getOrDefault(file, new TreeMap<>());
    long[] mark = null;
    for (End end = of.get(begin); end != null; end = of.get(end.end())) {
      mark = new long[] {end.end(), end.line()};
    }
    return mark;
  }

  /** Whether a chunk was loaded by an earlier run. */
  public boolean isLoaded(Chunk chunk) {
    TreeMap<Long, End> of = chunks.get(chunk.file());
    End end = of == null ? null : of.get(chunk.start());
    return end != null && end.end() == chunk.end();
  }

  /** All rows of a chunk are acknowledged. */
  public void loaded(Chunk chunk, long rows) throws IOException {
    if (channel != null) {
      append(line(chunk, rows, 0));
    }
  }

  /** All rows of a chunk are acknowledged or noted as bad, in files that are so long now. */
  public void loaded(Chunk chunk, long rows, long badRecords, long[] lengths) throws IOException {
    if (channel != null) {
      append(line(chunk, rows, badRecords) + " " + lengths[0] + " " + lengths[1]);
    }
  }

  private static String line(Chunk chunk, long rows, long badRecords) {
    return chunk.file()
        + " "
        + chunk.start()
        + " "
        + chunk.end()
        + " "
        + (chunk.line() + chunk.lines())
        + " "
        + rows
        + " "
        + badRecords;
  }

  /** Everything is loaded. */
  public void done() throws IOException {
    if (channel != null) {
      append(DONE);
      channel.force(false);
    }
  }

  private synchronized void append(String line) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.US_ASCII));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }
}
