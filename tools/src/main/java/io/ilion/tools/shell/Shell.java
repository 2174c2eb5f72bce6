package io.ilion.tools.shell;

import io.ilion.driver.DriverException;
import io.ilion.driver.Page;
import io.ilion.driver.Session;
import io.ilion.driver.SimpleStatement;
import io.ilion.driver.metadata.TableMetadata;
import io.ilion.model.Consistency;
import io.ilion.tools.console.IniFile;
import io.ilion.tools.console.Style.Tone;
import io.ilion.tools.console.ToolException;
import io.ilion.tools.shell.StatementSplitter.Statement;
import java.io.IOException;
import java.io.Reader;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * Executes statements and commands, one after the other, and writes what comes of them. Used by one
 * thread; only {@link #cancel} may be called by another one.
 */
final class Shell implements AutoCloseable {

  /** How a shell gets its sessions. */
  @FunctionalInterface
  interface Connecting {
    /**
     * Connects as a user, or as the options of the command say for null.
     *
     * @throws ToolException if that fails
     */
    Session connect(String user, String password, String keyspace);
  }

  /**
   * What stays the same.
   *
   * @param keyColours whether names of columns are coloured by their part in the key, for which the
   *     schema has to be read
   * @param stopOnError whether nothing more is done after an error
   * @param where the node, as it was named
   * @param user who connects at first, or null
   * @param bulk gives a session that knows all nodes and the schema, for COPY
   * @param configuration cqlshrc, for the options that it has for COPY
   */
  record Settings(
      Format format,
      ValueText values,
      boolean keyColours,
      boolean stopOnError,
      String where,
      String user,
      Supplier<Session> bulk,
      IniFile configuration) {}

  private final Connecting connecting;
  private final Settings settings;
  private final Output output;
  private final ShellCommands commands;
  private Session session;
  private Consistency consistency = Consistency.ONE;
  private Consistency serialConsistency = Consistency.SERIAL;
  private boolean tracing;
  private boolean expand;
  private boolean paging = true;
  private int pageSize;
  private boolean failed;
  private boolean ended;
  private String source;
  private ScriptText script;
  private CopiedRows.Lines typedRows;
  private String user;
  private volatile CompletableFuture<?> running;
  private volatile Thread interruptible;
  private volatile boolean cancelled;

  Shell(Connecting connecting, Settings settings, Output output, int pageSize) {
    this.connecting = connecting;
    this.settings = settings;
    this.output = output;
    this.pageSize = pageSize;
    this.commands = new ShellCommands(this, output);
    this.session = connecting.connect(null, null, null);
    this.user = settings.user();
  }

  // ---- what is executed

  /**
   * Executes all statements of a text that is read to its end.
   *
   * @param name what errors call it, or null for nothing
   */
  void runAll(String name, Reader text) throws IOException {
    String outer = source;
    ScriptText outerScript = script;
    source = name;
    ScriptText pieces = new ScriptText(text);
    // What an argument says is only statements: the rows come from the standard input.
    script = name == null ? null : pieces;
    try {
      StatementSplitter splitter = new StatementSplitter();
      for (String piece; (piece = pieces.statements()) != null; ) {
        for (Statement statement : splitter.add(piece)) {
          if (isOver()) {
            return;
          }
          run(statement);
        }
      }
      for (Statement statement : splitter.end()) {
        if (isOver()) {
          return;
        }
        if (name == null || !Lexer.significant(statement.text()).getLast().closed()) {
          run(statement);
        } else {
          incomplete(statement);
        }
      }
    } finally {
      source = outer;
      script = outerScript;
    }
  }

  /** A file that was cut off may end in the middle of a DELETE: it is not guessed at. */
  private void incomplete(Statement statement) {
    if (ShellCommands.isLineCommand(statement.text())) {
      run(statement);
    } else {
      failed = true;
      output.error(
          Tone.ERROR, source + ":" + statement.line() + ": Incomplete statement at end of file");
    }
  }

  private boolean isOver() {
    return ended || cancelled || (failed && settings.stopOnError());
  }

  /** Executes one statement or command; what fails is written, and remembered. */
  void run(Statement statement) {
    try {
      if (!commands.run(statement)) {
        cql(statement);
      }
    } catch (DriverException e) {
      failed = true;
      List<String> lines = ErrorText.lines(source, statement, e);
      output.error(Tone.ERROR, lines.getFirst());
      lines.subList(1, lines.size()).forEach(line -> output.error(Tone.PLAIN, line));
    } catch (CancellationException e) {
      failed = true;
      output.error(Tone.WARNING, "Cancelled. The server may go on with it.");
    } catch (ToolException e) {
      failed = true;
      String where = source == null ? "" : source + ":" + statement.line() + ": ";
      output.error(Tone.ERROR, where + e.getMessage());
      if (e.hint() != null) {
        output.error(Tone.PLAIN, "  " + e.hint());
      }
    }
  }

  private void cql(Statement statement) {
    boolean traced = tracing && !"system_traces".equals(session.keyspace());
    Page page = await(session.executeAsync(prepared(statement.text()).tracing(traced)));
    if (page.columns().size() > 0) {
      show(statement.text(), page);
    }
    if (!page.isSchemaInAgreement()) {
      output.error(
          Tone.WARNING,
          "Warning: schema version mismatch detected; check the schema versions of your nodes in"
              + " system.local and system.peers.");
    }
    warn(page);
    if (traced && page.tracingId() != null) {
      new TraceText(this, output).show(page.tracingId(), true);
    }
  }

  private void show(String text, Page page) {
    if (settings.format() == Format.TABLE && !expand && ExplainText.is(page)) {
      output.text(ExplainText.lines(page, output.style()).iterator());
      return;
    }
    Lexer.Token first = Lexer.significant(text).getFirst();
    boolean counted = first.is(text, "SELECT") || first.is(text, "LIST");
    output.result(lines(page, settings.format(), counted));
  }

  private void warn(Page page) {
    if (!page.warnings().isEmpty()) {
      output.say("");
      output.say("Warnings :");
      page.warnings()
          .forEach(warning -> output.say(output.screenStyle().paint(Tone.WARNING, warning)));
      output.say("");
    }
  }

  /** The lines of a result; its further pages are fetched when they are wanted. */
  ResultLines lines(Page page, Format format, boolean counted) {
    return new ResultLines(
        page,
        before -> await(before.next()),
        new ResultLines.Look(format, settings.values(), output.style(), expand, counted),
        nameTones(page));
  }

  /** The names of key columns have colours of their own, as far as the table is known. */
  private IntFunction<Tone> nameTones(Page page) {
    if (!settings.keyColours() || !output.style().isColoured()) {
      return index -> Tone.COLUMN;
    }
    return index ->
        session
            .metadata()
            .table(page.columns().keyspace(index), page.columns().table(index))
            .map(TableMetadata::columns)
            .map(columns -> columns.get(page.columns().name(index)))
            .map(
                column ->
                    switch (column.kind()) {
                      case PARTITION_KEY -> Tone.PARTITION_KEY;
                      case CLUSTERING -> Tone.CLUSTERING_KEY;
                      case STATIC -> Tone.STATIC_COLUMN;
                      case REGULAR -> Tone.COLUMN;
                    })
            .orElse(Tone.COLUMN);
  }

  private SimpleStatement prepared(String text) {
    return SimpleStatement.of(text)
        .consistency(consistency)
        .serialConsistency(serialConsistency)
        .pageSize(paging ? pageSize : -1);
  }

  /** Executes a statement of the shell's own at ONE, and gives its first page. */
  Page query(String text) {
    return await(session.executeAsync(SimpleStatement.of(text).consistency(Consistency.LOCAL_ONE)));
  }

  /**
   * Waits for an answer.
   *
   * @throws CancellationException if {@link #cancel} was called meanwhile
   */
  <T> T await(CompletionStage<T> stage) {
    CompletableFuture<T> future = stage.toCompletableFuture();
    running = future;
    try {
      return future.get();
    } catch (InterruptedException e) {
      future.cancel(false);
      Thread.currentThread().interrupt();
      throw new CancellationException();
    } catch (ExecutionException | CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      running = null;
    }
  }

  /**
   * Does something that ends with a {@link CancellationException} when its thread is interrupted,
   * which {@link #cancel} then does.
   */
  void interruptibly(Runnable action) {
    interruptible = Thread.currentThread();
    try {
      action.run();
    } finally {
      interruptible = null;
      Thread.interrupted();
    }
  }

  /** What is typed from now on has not been cancelled. */
  void begin() {
    cancelled = false;
  }

  /** Whether what runs was cancelled since {@link #begin}: files are then not read further. */
  boolean cancelled() {
    return cancelled;
  }

  /** Gives up what is being waited for, if anything is. Safe to call from any thread. */
  void cancel() {
    cancelled = true;
    Thread thread = interruptible;
    if (thread != null) {
      thread.interrupt();
    }
    CompletableFuture<?> future = running;
    if (future != null) {
      future.cancel(false);
    }
  }

  // ---- its state

  Session session() {
    return session;
  }

  Settings settings() {
    return settings;
  }

  ShellCommands commands() {
    return commands;
  }

  /** The keyspace of names without one, or null. */
  String keyspace() {
    return session.keyspace();
  }

  /** Who is logged in, or null when nobody was named. */
  String user() {
    return user;
  }

  /** Connects as another user; the old session goes on if that fails. */
  void login(String name, String password) {
    Session next = connecting.connect(name, password, session.keyspace());
    session.close();
    session = next;
    user = name;
  }

  Consistency consistency() {
    return consistency;
  }

  void consistency(Consistency level) {
    consistency = level;
  }

  Consistency serialConsistency() {
    return serialConsistency;
  }

  void serialConsistency(Consistency level) {
    serialConsistency = level;
  }

  boolean tracing() {
    return tracing;
  }

  void tracing(boolean on) {
    tracing = on;
  }

  boolean expand() {
    return expand;
  }

  void expand(boolean on) {
    expand = on;
  }

  boolean paging() {
    return paging;
  }

  void paging(boolean on) {
    paging = on;
  }

  int pageSize() {
    return pageSize;
  }

  void pageSize(int rows) {
    pageSize = rows;
  }

  /** The file or pipe that is executed, in which rows for COPY may stand; null for none. */
  ScriptText script() {
    return script;
  }

  /** How rows for COPY are typed, or null. */
  CopiedRows.Lines typedRows() {
    return typedRows;
  }

  void typedRows(CopiedRows.Lines lines) {
    typedRows = lines;
  }

  /** Whether anything has failed. */
  boolean failed() {
    return failed;
  }

  /** Nothing more is to be done. */
  void end() {
    ended = true;
  }

  boolean ended() {
    return ended;
  }

  @Override
  public void close() {
    try {
      output.endCapture();
      output.flush();
    } finally {
      session.close();
    }
  }
}
