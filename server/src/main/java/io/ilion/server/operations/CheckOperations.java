package io.ilion.server.operations;

import static io.ilion.server.operations.Json.object;

import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.storage.engine.CheckedFile;
import io.ilion.storage.engine.Engine;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Reading files as a whole, to find what is damaged, and rewriting what can be read of them. */
public final class CheckOperations {
  private static final long LOOK_NANOS = 100_000_000L;

  private static final Parameter<Boolean> NO_SNAPSHOT =
      Parameter.flag("no-snapshot", "keep no snapshot of tables with damage");

  private final TableNames names;
  private final Engine engine;
  private final Clock clock;
  private final Lane lane;
  private final Supplier<CompletionStage<Void>> countsMayGo;

  /**
   * Checks of an engine.
   *
   * @param lane on which it looks how far it is
   * @param countsMayGo called before some of what this node has counted may go out of sight
   */
  public CheckOperations(
      TableNames names,
      Engine engine,
      Clock clock,
      Lane lane,
      Supplier<CompletionStage<Void>> countsMayGo) {
    this.countsMayGo = countsMayGo;
    this.names = names;
    this.engine = engine;
    this.clock = clock;
    this.lane = lane;
  }

  /** The operations. */
  public List<Operation> operations() {
    return List.of(
        Operation.task(
            "verify",
            "reads all files of tables and says which are damaged; compactions leave those alone",
            List.of(TableNames.KEYSPACE, TableNames.TABLES),
            (arguments, progress) -> new Run(arguments, progress, false).begin()),
        Operation.task(
            "scrub",
            "reads all files of tables and rewrites damaged ones with what can be read; then"
                + " repair",
            List.of(TableNames.KEYSPACE, TableNames.TABLES, NO_SNAPSHOT),
            (arguments, progress) -> new Run(arguments, progress, true).begin()));
  }

  /** One check under way. */
  private final class Run {
    private final List<TableDefinition> tables;
    private final Progress progress;
    private final boolean scrubs;
    private final boolean keeps;
    private final String tag;
    private final List<Object> found = new ArrayList<>();
    private final List<TableDefinition> rewritten = new ArrayList<>();
    private long files;
    private long bytes;
    private long damaged;

    Run(Arguments arguments, Progress progress, boolean scrubs) {
      this.tables = names.of(arguments);
      this.progress = progress;
      this.scrubs = scrubs;
      this.keeps = scrubs && !arguments.get(NO_SNAPSHOT);
      this.tag = "pre-scrub-" + clock.wallMillis();
    }

    CompletionStage<Object> begin() {
      CompletionStage<Void> done = CompletableFuture.completedFuture(null);
      for (TableDefinition table : tables) {
        done = done.thenCompose(before -> check(table));
      }
      return done.thenCompose(all -> whenRewritten()).thenApply(all -> result());
    }

    private CompletionStage<Void> check(TableDefinition table) {
      // What a scrub takes out of sight stays in the snapshot.
      return engine
          .check(table.id(), false, watcher(table))
          .thenCompose(
              files ->
                  scrubs && isDamaged(files)
                      ? kept(table)
                          .thenCompose(kept -> warned(table))
                          .thenCompose(warned -> engine.check(table.id(), true, watcher(table)))
                      : CompletableFuture.completedFuture(files))
          .thenAccept(files -> add(table, files))
          .exceptionally(
              failure -> {
                Throwable cause =
                    failure instanceof CompletionException ? failure.getCause() : failure;
                if (cause instanceof CancellationException) {
                  throw new OperationException(
                      OperationException.Reason.CANCELLED, "stopped at " + name(table));
                }
                throw new CompletionException(cause);
              });
    }

    private CompletionStage<Long> kept(TableDefinition table) {
      return keeps ? engine.snapshot(table.id(), tag) : CompletableFuture.completedFuture(0L);
    }

    private CompletionStage<Void> warned(TableDefinition table) {
      return table.isCounter() ? countsMayGo.get() : CompletableFuture.completedFuture(null);
    }

    private static boolean isDamaged(List<CheckedFile> files) {
      return files.stream().anyMatch(file -> file.problem() != null);
    }

    private static String name(TableDefinition table) {
      return table.keyspace() + "." + table.name();
    }

    private CheckedFile.Watcher watcher(TableDefinition table) {
      progress.say(name(table));
      return new CheckedFile.Watcher() {
        @Override
        public void at(long doneBytes, long totalBytes) {
          progress.at(doneBytes, totalBytes, "bytes");
        }

        @Override
        public boolean isCancelled() {
          return progress.isCancelled();
        }
      };
    }

    private void add(TableDefinition table, List<CheckedFile> checked) {
      for (CheckedFile file : checked) {
        files++;
        bytes += file.bytes();
        if (file.problem() == null) {
          continue;
        }
        damaged++;
        found.add(
            object(
                "keyspace", table.keyspace(),
                "table", table.name(),
                "file", file.name(),
                "size_bytes", file.bytes(),
                "partitions_lost_estimate", file.lostPartitions(),
                "rewritten", file.isScrubbed(),
                "problem", file.problem()));
      }
      if (checked.stream().anyMatch(CheckedFile::isScrubbed)) {
        rewritten.add(table);
      }
    }

    private CompletionStage<Void> whenRewritten() {
      CompletableFuture<Void> done = new CompletableFuture<>();
      if (!rewritten.isEmpty()) {
        progress.say("rewriting");
      }
      lane.execute(() -> await(done));
      return done;
    }

    private void await(CompletableFuture<Void> done) {
      boolean isOver = rewritten.stream().allMatch(table -> engine.isClean(table.id()));
      if (isOver || progress.isCancelled()) {
        done.complete(null);
      } else {
        lane.schedule(LOOK_NANOS, () -> await(done));
      }
    }

    private Object result() {
      return object(
          "tables", tables.size(),
          "sstables", files,
          "read_bytes", bytes,
          "damaged_sstables", damaged,
          "snapshot", keeps && damaged > 0 ? tag : null,
          "hint", hint(),
          "damaged", found);
    }

    private String hint() {
      if (damaged == 0) {
        return null;
      }
      return scrubs
          ? "repair these tables, so that other replicas bring back what was lost"
          : "scrub rewrites what can be read; then repair. Or restore a snapshot";
    }
  }
}
