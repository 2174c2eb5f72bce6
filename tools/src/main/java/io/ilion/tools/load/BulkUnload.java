package io.ilion.tools.load;

import io.ilion.driver.Columns;
import io.ilion.driver.Page;
import io.ilion.driver.PreparedStatement;
import io.ilion.driver.Row;
import io.ilion.driver.ServerException;
import io.ilion.driver.Session;
import io.ilion.driver.metadata.ColumnMetadata;
import io.ilion.driver.metadata.TableMetadata;
import io.ilion.model.ring.TokenRange;
import io.ilion.tools.console.OutputEndedException;
import io.ilion.tools.console.Progress;
import io.ilion.tools.console.ToolException;
import io.ilion.tools.load.codec.FieldPrinter;
import io.ilion.tools.load.format.CsvFormat;
import io.ilion.tools.load.format.RowWriter;
import io.ilion.tools.load.mapping.LoadStatement;
import io.ilion.tools.load.run.RangeReader;
import io.ilion.tools.load.run.RateLimit;
import io.ilion.tools.load.run.TokenRanges;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes the rows of a table into files: ranges of tokens, several at once, each page as it comes.
 * Rows are in no order, but those of a partition stand together in theirs.
 */
public final class BulkUnload {
  private static final int BLOCK = 1 << 16;
  private static final int RANGES_EACH = 8;

  private final Session session;
  private final UnloadOptions options;
  private final Progress progress;
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();

  /** An unload that is done by {@link #run}, once. */
  public BulkUnload(Session session, UnloadOptions options, Progress progress) {
    this.session = session;
    this.options = options;
    this.progress = progress;
  }

  /**
   * Unloads, until all is done or it cannot go on.
   *
   * @throws ToolException if it cannot begin: wrong options, no such table
   */
  public LoadSummary run() throws IOException, InterruptedException {
    long start = System.nanoTime();
    long processor = BulkLoad.processorNanos();
    PreparedStatement statement = prepared(statement());
    Columns columns = statement.columns();
    if (columns.size() == 0) {
      throw ToolException.wrongUse("this statement has no rows: " + statement.text());
    }
    options.formats.checkFields(columns.names());
    FieldPrinter[] printers = new FieldPrinter[columns.size()];
    String[] names = new String[columns.size()];
    for (int i = 0; i < printers.length; i++) {
      printers[i] = new FieldPrinter(columns.name(i), columns.type(i), options.formats);
      names[i] = JsonMapper.shared().writeValueAsString(columns.name(i));
    }
    // Pages are what is waited for: with few rows a second they are small.
    int pageSize =
        options.rate <= 0
            ? options.pageSize
            : (int) Math.min(options.pageSize, Math.max(100, options.rate / 10));
    RangeReader reader = new RangeReader(session, options.attempts, false, pageSize);
    RateLimit rate = new RateLimit(options.rate, System::nanoTime);
    int files;
    try (UnloadFiles out = new UnloadFiles(options, header(columns))) {
      List<UnloadFiles.Target> targets = new ArrayList<>();
      ThreadLocal<Output> outputs =
          ThreadLocal.withInitial(
              () -> {
                Output output = new Output(out.target(), writer());
                synchronized (targets) {
                  targets.add(output.target);
                }
                return output;
              });
      reader.read(
          statement,
          ranges(statement),
          options.threads,
          (range, page) -> {
            rate.acquire(page.size());
            outputs.get().write(page, printers, names, reader);
          },
          () -> progress.update(() -> line(reader, start)));
      if (reader.failure() == null || reader.failure() instanceof Enough) {
        out.done();
      }
      for (UnloadFiles.Target target : targets) {
        try {
          target.end();
        } catch (IOException e) {
          reader.fail(e);
        }
      }
      files = out.count();
    }
    if (reader.failure() instanceof OutputEndedException ended) {
      throw ended;
    }
    Throwable failure = reader.failure() instanceof Enough ? null : reader.failure();
    return new LoadSummary(
        "unload",
        options.query != null ? options.query : options.keyspace + "." + options.table,
        failure == null ? "completed" : LoadSummary.stopped(failure),
        failure == null,
        written.get(),
        0,
        0,
        bytes.get(),
        files,
        reader.requests.get(),
        reader.retries.get(),
        Duration.ofNanos(System.nanoTime() - start),
        Duration.ofNanos(BulkLoad.processorNanos() - processor),
        failure == null || options.output == null
            ? List.of()
            : List.of("files that are not whole have the ending .partial"));
  }

  private PreparedStatement prepared(String statement) {
    try {
      return session.prepare(statement);
    } catch (ServerException e) {
      throw switch (e.code()) {
        case INVALID, SYNTAX_ERROR ->
            ToolException.wrongUse(e.getMessage()).hint(statement).causedBy(e);
        default -> e;
      };
    }
  }

  private String line(RangeReader reader, long start) {
    double seconds = (System.nanoTime() - start) / 1e9;
    double share = reader.share();
    return Progress.bar(share, 20)
        + String.format("%3.0f%%  ", share * 100)
        + Progress.count(written.get())
        + " rows, "
        + Progress.count(Math.round(written.get() / seconds))
        + "/s"
        + (share > 0
            ? ", "
                + Progress.duration(Duration.ofSeconds((long) (seconds * (1 - share) / share)))
                + " left"
            : "")
        + (reader.retries.get() > 0 ? ", " + reader.retries.get() + " retries" : "");
  }

  private RowWriter writer() {
    CsvFormat csv = options.format == LoadOptions.Format.CSV ? options.csv : null;
    return new RowWriter(csv, options.quoteAll, options.charset);
  }

  private String header(Columns columns) {
    if (options.format == LoadOptions.Format.JSON || !options.header) {
      return "";
    }
    RowWriter writer = new RowWriter(options.csv, options.quoteAll, options.charset);
    writer.begin();
    for (int i = 0; i < columns.size(); i++) {
      writer.field(columns.name(i), false, options.nullText);
    }
    writer.end();
    return new String(writer.take(), options.charset);
  }

  /** What a thread has of the rows, and where they go. */
  private final class Output {
    private final UnloadFiles.Target target;
    private final RowWriter writer;

    Output(UnloadFiles.Target target, RowWriter writer) {
      this.target = target;
      this.writer = writer;
    }

    void write(Page page, FieldPrinter[] printers, String[] names, RangeReader reader)
        throws IOException {
      boolean alone = options.format == LoadOptions.Format.JSON && options.jsonArray;
      int inBlock = 0;
      for (Row row : page) {
        if (written.incrementAndGet() > options.maxRows) {
          written.decrementAndGet();
          reader.fail(new Enough());
          break;
        }
        append(row, printers, names);
        inBlock++;
        if (alone || writer.size() >= BLOCK || inBlock >= options.rowsPerFile) {
          flush(inBlock);
          inBlock = 0;
        }
      }
      // Nothing is kept until the next page: it may belong to another file.
      flush(inBlock);
      target.endOfPage();
    }

    private void append(Row row, FieldPrinter[] printers, String[] names) {
      writer.begin();
      for (int i = 0; i < printers.length; i++) {
        byte[] value = row.getBytes(i);
        if (options.format == LoadOptions.Format.JSON) {
          writer.json(names[i], printers[i].json(value));
        } else {
          boolean isNull = value == null;
          writer.field(
              isNull ? options.nullText : printers[i].text(value), isNull, options.nullText);
        }
      }
      writer.end();
    }

    private void flush(int rows) throws IOException {
      if (rows > 0) {
        byte[] block = writer.take();
        bytes.addAndGet(block.length);
        target.write(block, rows);
      }
    }
  }

  /** There are as many rows as were asked for. */
  private static final class Enough extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Enough() {
      super(null, null, false, false);
    }
  }

  // ---- what is read

  private String statement() {
    if (options.query != null) {
      return options.query;
    }
    TableMetadata table = Tables.find(session, options.keyspace, options.table);
    String selected =
        options.columns != null
            ? String.join(", ", options.columns)
            : table.columns().keySet().stream()
                .map(LoadStatement::quoted)
                .collect(Collectors.joining(", "));
    return "SELECT "
        + selected
        + " FROM "
        + LoadStatement.quoted(table.keyspace())
        + "."
        + LoadStatement.quoted(table.name())
        + tokenRange(table);
  }

  /** The condition of one range of tokens; virtual tables have none. */
  static String tokenRange(TableMetadata table) {
    if (table.id() == null) {
      return "";
    }
    String key =
        table.partitionKey().stream()
            .map(ColumnMetadata::name)
            .map(LoadStatement::quoted)
            .collect(Collectors.joining(", ", "token(", ")"));
    return " WHERE " + key + " > ? AND " + key + " <= ?";
  }

  private List<TokenRange> ranges(PreparedStatement statement) {
    if (statement.variables().size() == 0) {
      return List.of(new TokenRange(Long.MIN_VALUE, Long.MAX_VALUE));
    }
    if (statement.variables().size() != 2) {
      throw ToolException.wrongUse("a statement has no markers, or two: for a range of tokens")
          .hint("... WHERE token(id) > :start AND token(id) <= :end");
    }
    List<TokenRange> all =
        TokenRanges.of(session.metadata(), Math.max(32, RANGES_EACH * options.threads));
    if (options.beginToken == null && options.endToken == null) {
      return all;
    }
    // cqlsh's bounds include the first token and exclude the last.
    long from = options.beginToken == null ? Long.MIN_VALUE : options.beginToken;
    from = from == Long.MIN_VALUE ? from : from - 1;
    long to = options.endToken == null ? Long.MAX_VALUE : options.endToken - 1;
    List<TokenRange> wanted = new ArrayList<>();
    for (TokenRange range : all) {
      long start = Math.max(range.start(), from);
      long end = Math.min(range.end(), to);
      if (start < end) {
        wanted.add(new TokenRange(start, end));
      }
    }
    return wanted;
  }
}
