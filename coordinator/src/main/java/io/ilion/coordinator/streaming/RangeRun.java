package io.ilion.coordinator.streaming;

import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.replica.read.RangePages;
import io.ilion.coordinator.streaming.FetchedRanges.Part;
import io.ilion.coordinator.streaming.RangeShare.Wanted;
import io.ilion.gossip.NodeInfo;
import io.ilion.model.schema.TableDefinition;
import io.ilion.storage.UnknownTableException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One attempt to fetch ranges: some shares at a time, of each what was agreed on first, and then
 * table after table what is not here yet. Of lane 0.
 */
final class RangeRun {
  private static final Logger LOGGER = LoggerFactory.getLogger(RangeRun.class);

  private final StreamHost host;
  private final StreamProgress progress;
  private final Ledger ledger;
  private final ArrayDeque<RangeShare> left;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private final Set<TableFetch> fetches = new LinkedHashSet<>();
  private final long beganNanos;
  private final long bytesBefore;
  private Throwable failure;
  private int underway;
  private int begun;

  /** Knows what was fetched already. */
  interface Ledger {
    /** Whether a part is here. */
    boolean has(Part part);

    /**
     * Notes parts that are here, durably.
     *
     * @return how many of them are new
     */
    int add(List<Part> parts);

    /** Why it makes no sense to go on, or null. */
    StreamException obstacle();
  }

  /** A run that has not begun. */
  RangeRun(StreamHost host, StreamProgress progress, Collection<RangeShare> shares, Ledger ledger) {
    this.host = host;
    this.progress = progress;
    this.ledger = ledger;
    left = new ArrayDeque<>(shares);
    beganNanos = host.clock().nanoTime();
    bytesBefore = progress.bytes();
  }

  /**
   * Begins.
   *
   * @return completes on lane 0 when all is here and durable
   */
  CompletableFuture<Void> begin() {
    int expected = 0;
    int here = 0;
    for (RangeShare share : left) {
      expected += share.ranges().size() * (1 + share.tables().size());
      here += share.ranges().size() - missing(share, host.agreements().table()).size();
      for (TableDefinition table : share.tables()) {
        here += share.ranges().size() - missing(share, table.id()).size();
      }
    }
    progress.expects(expected, here);
    if (here > 0) {
      LOGGER.info("of {} ranges to be fetched {} are here already", expected, here);
    }
    goOn();
    return done;
  }

  /** Has it fail soon. */
  void cancel(StreamException cause) {
    if (failure == null) {
      failure = cause;
      fetches.forEach(fetch -> fetch.cancel(cause));
    }
  }

  /** Begins with further shares, or ends. */
  private void goOn() {
    while (failure == null && underway < host.limits().atOnce() && !left.isEmpty()) {
      underway++;
      RangeShare share = left.poll();
      step(share, () -> agreements(share));
    }
    if (underway > 0) {
      return;
    }
    if (failure != null) {
      done.completeExceptionally(failure);
      return;
    }
    if (begun > 0) {
      LOGGER.info(
          "fetched {} ranges, {} bytes in {} ms",
          progress.ranges(),
          progress.bytes() - bytesBefore,
          (host.clock().nanoTime() - beganNanos) / 1_000_000);
    }
    done.complete(null);
  }

  /** Takes a step of a share, unless something has failed. */
  private void step(RangeShare share, Runnable next) {
    StreamException obstacle = failure == null ? ledger.obstacle() : null;
    if (obstacle != null) {
      cancel(obstacle);
    }
    if (failure != null) {
      ended(null);
      return;
    }
    try {
      begun++;
      next.run();
    } catch (RuntimeException e) {
      LOGGER.debug("cannot go on with {}", share.keyspace().name(), e);
      ended(e);
    }
  }

  /** A share is over. */
  private void ended(Throwable cause) {
    if (cause != null && failure == null) {
      failure = cause;
      fetches.forEach(fetch -> fetch.cancel(new StreamException("something else has failed")));
    }
    underway--;
    goOn();
  }

  private List<Wanted> missing(RangeShare share, UUID table) {
    String keyspace = share.keyspace().name();
    return share.ranges().stream()
        .filter(wanted -> !ledger.has(wanted.of(keyspace, table)))
        .toList();
  }

  private void fetched(RangeShare share, UUID table, List<Wanted> ranges) {
    String keyspace = share.keyspace().name();
    progress.rangesDone(
        ledger.add(ranges.stream().map(wanted -> wanted.of(keyspace, table)).toList()));
  }

  /** Fetches what was promised and accepted, range by range, and then the tables. */
  private void agreements(RangeShare share) {
    agreements(share, new ArrayDeque<>(missing(share, host.agreements().table())));
  }

  private void agreements(RangeShare share, ArrayDeque<Wanted> ranges) {
    Wanted wanted = ranges.poll();
    if (wanted == null) {
      step(share, () -> table(share, new ArrayDeque<>(share.tables())));
      return;
    }
    agreements(
        share,
        wanted,
        new ArrayDeque<>(share.sources()),
        cause -> {
          if (cause != null) {
            ended(cause);
            return;
          }
          fetched(share, host.agreements().table(), List.of(wanted));
          host.lane().execute(() -> step(share, () -> agreements(share, ranges)));
        });
  }

  /** Asks one source after another. */
  private void agreements(
      RangeShare share, Wanted wanted, ArrayDeque<NodeInfo> sources, WriteCallback then) {
    NodeInfo source = sources.poll();
    if (source == null) {
      then.done(null);
      return;
    }
    new RangeFetch(
            host.lanes(),
            host.lane(),
            host.clock(),
            host.limits(),
            progress,
            source.address(),
            new RangePages(
                host.messenger(),
                host.agreements().table(),
                host.agreements().slices(share.tables()),
                wanted.range(),
                host.limits().pageBytes(),
                RangePages.PURGE_NOTHING),
            host.agreements()::withCommitted,
            cause -> {
              if (cause == null && failure == null) {
                agreements(share, wanted, sources, then);
              } else {
                then.done(cause == null ? failure : cause);
              }
            })
        .begin();
  }

  /** Fetches what is missing of one table after another. */
  private void table(RangeShare share, ArrayDeque<TableDefinition> tables) {
    TableDefinition table = tables.peek();
    if (table == null) {
      ended(null);
      return;
    }
    List<Wanted> ranges = missing(share, table.id());
    if (ranges.isEmpty()) {
      tables.poll();
      host.lane().execute(() -> step(share, () -> table(share, tables)));
      return;
    }
    TableFetch fetch =
        new TableFetch(
            host,
            progress,
            table.id(),
            share.sources().stream().map(NodeInfo::address).toList(),
            ranges.stream().map(Wanted::range).toList());
    fetches.add(fetch);
    fetch
        .begin(begun % host.lanes().laneCount())
        .whenComplete(
            (count, cause) ->
                host.lane()
                    .execute(
                        () -> {
                          fetches.remove(fetch);
                          // What is of a table that was dropped meanwhile nobody wants.
                          boolean gone = cause(cause) instanceof UnknownTableException;
                          if (cause != null && !gone) {
                            ended(cause(cause));
                            return;
                          }
                          fetched(share, table.id(), gone ? ranges : ranges.subList(0, count));
                          step(share, () -> table(share, tables));
                        }));
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }
}
