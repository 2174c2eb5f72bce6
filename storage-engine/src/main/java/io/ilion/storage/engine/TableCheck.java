package io.ilion.storage.engine;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import io.ilion.runtime.Clock;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableFormat;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the files of a table as a whole, one after the other, by pieces and no faster than
 * compactions may write. Compactions leave alone what turns out to be damaged; a scrub also hides
 * what cannot be read, so that the rest is rewritten.
 */
final class TableCheck {
  private static final Logger LOG = LoggerFactory.getLogger(TableCheck.class);
  private static final int PIECE = 1_000;
  private static final long LEAST_WAIT_NANOS = 20_000_000L;
  private static final long MOST_WAIT_NANOS = 1_000_000_000L;

  private final LaneTable[] parts;
  private final TableFormat format;
  private final Compactions compactions;
  private final Executor executor;
  private final Clock clock;
  private final boolean scrubs;
  private final CheckedFile.Watcher watcher;

  /** Each file once, with the lanes that see it: several, until they have rewritten another's. */
  private final List<List<Candidate>> candidates = new ArrayList<>();

  private final List<CheckedFile> checked = new ArrayList<>();
  private final CompletableFuture<List<CheckedFile>> done = new CompletableFuture<>();
  private FileCheck check;
  private int at;
  private long doneBytes;
  private long totalBytes;
  private long paidBytes;

  /** A file as a lane sees it. */
  record Candidate(LaneEngine lane, TableFile file) {}

  /**
   * A check that has not begun.
   *
   * @param executor runs its pieces, which may block
   * @param scrubs whether what can be read of damaged files is to be rewritten
   */
  TableCheck(
      LaneTable[] parts,
      TableFormat format,
      Compactions compactions,
      Executor executor,
      Clock clock,
      boolean scrubs,
      CheckedFile.Watcher watcher) {
    this.parts = parts;
    this.format = format;
    this.compactions = compactions;
    this.executor = executor;
    this.clock = clock;
    this.scrubs = scrubs;
    this.watcher = watcher;
  }

  /** The files of a lane, retained; on the lane. */
  List<Candidate> candidates(LaneEngine lane) {
    List<Candidate> found = new ArrayList<>();
    for (TableFile file : parts[lane.index()].files()) {
      file.retain();
      found.add(new Candidate(lane, file));
    }
    return found;
  }

  /** Reads these files, and lets go of them. Completes on any thread. */
  CompletionStage<List<CheckedFile>> begin(List<List<Candidate>> ofLanes) {
    candidates.addAll(
        ofLanes.stream()
            .flatMap(List::stream)
            .collect(groupingBy(each -> each.file().generation(), LinkedHashMap::new, toList()))
            .values());
    candidates.forEach(views -> totalBytes += views.getFirst().file().bytes());
    execute();
    return done.whenComplete(
        (all, failure) ->
            candidates.forEach(views -> views.forEach(each -> each.file().release())));
  }

  private void execute() {
    try {
      executor.execute(this::piece);
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private void fail(Throwable failure) {
    if (check != null) {
      check.close();
    }
    done.completeExceptionally(failure);
  }

  private void piece() {
    try {
      if (watcher.isCancelled()) {
        fail(new CancellationException());
        return;
      }
      if (at == candidates.size()) {
        done.complete(checked);
        return;
      }
      List<Candidate> views = candidates.get(at);
      Candidate candidate = views.getFirst();
      if (check == null) {
        check = new FileCheck(whole(candidate.file()));
      }
      boolean more = check.more(PIECE);
      long bytes = doneBytes + check.readBytes();
      if (!more) {
        bytes = doneBytes += candidate.file().bytes();
        at++;
        ended(views, check);
        check = null;
      }
      watcher.at(bytes, totalBytes);
      long wait = compactions.throttle().written(Math.max(0, bytes - paidBytes), clock.nanoTime());
      paidBytes = Math.max(paidBytes, bytes);
      if (wait <= LEAST_WAIT_NANOS) {
        execute();
      } else {
        candidate.lane().lane().schedule(Math.min(wait, MOST_WAIT_NANOS), this::execute);
      }
    } catch (Throwable t) {
      fail(t);
    }
  }

  /** A file is read as it was written, whatever of it is hidden, unless that cannot be read. */
  private static TableFile whole(TableFile file) {
    TableFile whole = file;
    while (whole instanceof PartialFile partial && !(whole instanceof SoundFile)) {
      whole = partial.whole();
    }
    return whole;
  }

  private void ended(List<Candidate> views, FileCheck found) {
    TableFile file = views.getFirst().file();
    String name = format.fileNames(file.generation()).getFirst();
    boolean scrubbed = false;
    if (found.problem() != null) {
      LOG.error("{} of {}: {}", name, parts[0].options().directoryName(), found.problem());
      scrubbed = scrubs && !found.damage().isEmpty();
      boolean hides = scrubbed;
      TokenSet damage =
          TokenSet.ofIntervals(
              found.damage().stream().mapToLong(interval -> interval[0]).toArray(),
              found.damage().stream().mapToLong(interval -> interval[1]).toArray());
      for (Candidate view : views) {
        LaneEngine lane = view.lane();
        lane.lane().execute(() -> damaged(lane, view.file(), hides ? damage : null));
      }
    }
    checked.add(
        new CheckedFile(
            name,
            file.bytes(),
            found.partitionsRead(),
            found.rowsRead(),
            found.problem(),
            found.damage().isEmpty() ? 0 : Math.max(1, file.partitions() - found.partitionsRead()),
            scrubbed));
  }

  /** Hides what is damaged of a file, or has compactions leave it alone; on the lane. */
  private void damaged(LaneEngine lane, TableFile file, TokenSet toHide) {
    LaneTable table = parts[lane.index()];
    if (toHide == null) {
      table.setDamaged(file);
    } else {
      table.hide(file, toHide);
      compactions.consider(lane, table);
    }
  }
}
