package io.ilion.tools.load;

import io.ilion.driver.ServerException;
import io.ilion.driver.Session;
import io.ilion.driver.metadata.TableMetadata;
import io.ilion.tools.console.FileErrors;
import io.ilion.tools.console.ToolException;
import io.ilion.tools.load.format.Chunk;
import io.ilion.tools.load.format.ChunkReader;
import io.ilion.tools.load.format.FileCompression;
import io.ilion.tools.load.format.JsonFormat;
import io.ilion.tools.load.format.RecordFormat;
import io.ilion.tools.load.format.Source;
import io.ilion.tools.load.run.Checkpoint;
import io.ilion.tools.load.run.FilePlan;
import io.ilion.tools.load.run.LoadRun;
import io.ilion.tools.load.run.LoadWorkers;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads the files of a load: a thread for each, up to four, cuts them into chunks of whole records,
 * which it gives to the workers.
 */
final class SourceReaders {
  private static final int MOST_READERS = 4;

  /** So many bytes of a file may be looked at before it is read. */
  static final int PEEKED = 1 << 16;

  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private final Session session;
  private final LoadOptions options;
  private final LoadOptions.Format kind;
  private final List<Source> sources;
  private final InputStream standardInput;
  private final TableMetadata table;
  private final Checkpoint checkpoint;
  private final LoadRun run;
  private final LoadWorkers workers;
  private final Queue<Integer> waiting = new ConcurrentLinkedQueue<>();
  private final Queue<ToolException> wrong = new ConcurrentLinkedQueue<>();
  private final AtomicLong recordsLeft;
  private final AtomicLong storedBytes = new AtomicLong();

  /**
   * Readers of these sources.
   *
   * @param standardInput what stands for the source without a file; can be marked
   * @param table what is loaded; null with a statement of one's own
   * @param checkpoint says what is left out
   */
  SourceReaders(
      Session session,
      LoadOptions options,
      LoadOptions.Format kind,
      List<Source> sources,
      InputStream standardInput,
      TableMetadata table,
      Checkpoint checkpoint,
      LoadRun run,
      LoadWorkers workers) {
    this.session = session;
    this.options = options;
    this.kind = kind;
    this.sources = sources;
    this.standardInput = standardInput;
    this.table = table;
    this.checkpoint = checkpoint;
    this.run = run;
    this.workers = workers;
    this.recordsLeft =
        new AtomicLong(
            Math.max(0, options.maxRecords - checkpoint.loadedBefore() - checkpoint.badBefore()));
  }

  /** How many bytes there are, compressed or not; -1 if that is not known. */
  long totalBytes() {
    return sources.stream().anyMatch(source -> source.size() < 0)
        ? -1
        : sources.stream().mapToLong(Source::size).sum();
  }

  /** How many of them were read. */
  AtomicLong storedBytes() {
    return storedBytes;
  }

  /**
   * Reads all files, and returns why it could not begin with one; null if it could.
   *
   * @param look is called from time to time meanwhile
   */
  ToolException readAll(Runnable look) throws InterruptedException {
    for (int i = 0; i < sources.size(); i++) {
      waiting.add(i);
    }
    List<Thread> readers = new ArrayList<>();
    boolean inOrder = options.maxRecords != Long.MAX_VALUE;
    for (int i = 0; i < (inOrder ? 1 : Math.min(MOST_READERS, sources.size())); i++) {
      readers.add(
          Thread.ofPlatform().name("ilion-load-reader-" + i).daemon().start(this::readFiles));
    }
    for (Thread reader : readers) {
      while (!reader.join(Duration.ofMillis(LoadRun.LOOK_MILLIS))) {
        look.run();
      }
    }
    return wrong.peek();
  }

  private void readFiles() {
    Integer index = null;
    try {
      for (index = waiting.poll(); index != null && run.goesOn(); index = waiting.poll()) {
        readFile(index);
      }
    } catch (ToolException e) {
      wrong.add(e);
      run.fail(e);
    } catch (ServerException e) {
      wrong.add(ToolException.failed(e.getMessage()).causedBy(e));
      run.fail(e);
    } catch (IOException | RuntimeException e) {
      run.fail(
          new IOException(
              (index == null ? "" : sources.get(index).name() + ": ") + FileErrors.reason(e), e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      run.fail(e);
    }
  }

  private void readFile(int index) throws IOException, InterruptedException {
    Source source = sources.get(index);
    FileCompression compression =
        options.compression != null ? options.compression : source.compression();
    ChunkReader reader;
    FilePlan plan;
    try (CountedStream raw = open(source)) {
      InputStream in = source.decode(raw, compression, options.charset);
      if (kind == LoadOptions.Format.JSON) {
        in = new BufferedInputStream(in, PEEKED);
      }
      RecordFormat format = format(in);
      reader = reader(in, format, index, 0, 1);
      if (Arrays.equals(reader.peek(BYTE_ORDER_MARK.length), BYTE_ORDER_MARK)) {
        reader.skip(BYTE_ORDER_MARK.length);
      }
      if (isUtf16(reader.peek(2))) {
        throw ToolException.wrongUse(source.name() + ": this is UTF-16").hint("--encoding UTF-16");
      }
      Chunk header = null;
      if (kind == LoadOptions.Format.CSV && options.header) {
        header = reader.header();
        if (header == null) {
          return;
        }
      }
      plan = new FilePlans(session, options, kind).plan(source, format, table, header);
      long skipped = 0;
      while (skipped < options.skipRecords && reader.header() != null) {
        skipped++;
      }
      long[] mark = checkpoint.watermark(index, reader.position());
      if (mark != null) {
        reader = reader(reader.from(mark[0]), format, index, mark[0], mark[1]);
      }
      readChunks(reader, plan);
    }
  }

  /** Whether these are the marks with which UTF-16 begins, and no other text. */
  private static boolean isUtf16(byte[] first) {
    return first.length == 2
        && ((first[0] == (byte) 0xFE && first[1] == (byte) 0xFF)
            || (first[0] == (byte) 0xFF && first[1] == (byte) 0xFE));
  }

  private void readChunks(ChunkReader reader, FilePlan plan)
      throws IOException, InterruptedException {
    while (run.goesOn() && recordsLeft.get() > 0) {
      Chunk chunk = reader.next();
      if (chunk == null) {
        return;
      }
      if (checkpoint.isLoaded(chunk)) {
        continue;
      }
      if (options.maxRecords != Long.MAX_VALUE) {
        chunk = limited(chunk, plan.format());
      }
      workers.put(chunk, plan);
    }
  }

  /** The records of a chunk that may still be loaded. */
  private Chunk limited(Chunk chunk, RecordFormat format) {
    int at = chunk.from();
    while (at < chunk.to() && recordsLeft.get() > 0) {
      at = format.recordEnd(chunk.bytes(), at, chunk.to(), true);
      recordsLeft.decrementAndGet();
    }
    return new Chunk(
        chunk.file(),
        chunk.bytes(),
        chunk.from(),
        at,
        chunk.start(),
        chunk.line(),
        chunk.lines(),
        chunk.broken());
  }

  private ChunkReader reader(
      InputStream in, RecordFormat format, int index, long start, long line) {
    return new ChunkReader(
        in, format, index, options.chunkBytes, options.maxRecordBytes, start, line);
  }

  private CountedStream open(Source source) throws IOException {
    InputStream in = source.path() == null ? standardInput : Files.newInputStream(source.path());
    return new CountedStream(in, storedBytes);
  }

  /** CSV as it was said; JSON as the file begins. */
  private RecordFormat format(InputStream in) throws IOException {
    if (kind == LoadOptions.Format.CSV) {
      return options.csv;
    }
    in.mark(PEEKED);
    int first = in.read();
    for (int i = 1; i < PEEKED && first >= 0 && (first <= ' ' || first > 0x7F); i++) {
      first = in.read();
    }
    in.reset();
    return first == '[' ? JsonFormat.ARRAY : JsonFormat.LINES;
  }
}
