package io.ilion.tools.load.run;

import io.ilion.tools.console.ToolException;
import io.ilion.tools.load.format.Chunk;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
 * done
 * </pre>
 *
 * The numbers are decimal; a last line that is not whole does not count. The fingerprint is a hash
 * of what has to be the same in the second run.
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

  private Checkpoint(
      FileChannel channel,
      Map<Integer, TreeMap<Long, End>> chunks,
      boolean finished,
      long loaded,
      long bad) {
    this.channel = channel;
    this.chunks = chunks;
    this.finished = finished;
    this.loaded = loaded;
    this.bad = bad;
  }

  /** One that keeps nothing. */
  public static Checkpoint none() {
    return new Checkpoint(null, Map.of(), false, 0, 0);
  }

  /**
   * Opens what an earlier run left, or begins.
   *
   * @throws ToolException if the earlier run was another one
   */
  public static Checkpoint open(Path file, String fingerprint) throws IOException {
    Map<Integer, TreeMap<Long, End>> chunks = new HashMap<>();
    boolean finished = false;
    long loaded = 0;
    long bad = 0;
    long good = 0;
    if (Files.exists(file)) {
      String text = Files.readString(file, StandardCharsets.US_ASCII);
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
          chunks
              .computeIfAbsent((int) numbers[0], index -> new TreeMap<>())
              .put(numbers[1], new End(numbers[2], numbers[3]));
          loaded += numbers[4];
          bad += numbers[5];
        }
        good += line.length() + 1;
      }
    }
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    Checkpoint checkpoint = new Checkpoint(channel, chunks, finished, loaded, bad);
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
      long[] numbers = new long[6];
      for (int i = 0; i < 6; i++) {
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

  /** All rows of a chunk are acknowledged or noted as bad. */
  public void loaded(Chunk chunk, long rows, long badRecords) throws IOException {
    if (channel != null) {
      append(
          chunk.file()
              + " "
              + chunk.start()
              + " "
              + chunk.end()
              + " "
              + (chunk.line() + chunk.lines())
              + " "
              + rows
              + " "
              + badRecords);
    }
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
