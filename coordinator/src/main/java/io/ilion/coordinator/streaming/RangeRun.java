package io.ilion.coordinator.streaming;

import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.replica.read.DamagedSourceException;
import io.ilion.coordinator.replica.read.RangePages;
import io.ilion.coordinator.streaming.FetchedRanges.Part;
import io.ilion.coordinator.streaming.RangeShare.Wanted;
import io.ilion.gossip.NodeInfo;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.NodeAddress;
import io.ilion.storage.UnknownTableException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One attempt to fetch ranges: some shares at a time, of each what was agreed on first, and then
 * table after table what is not here yet. When a source cannot read what it has of a range, which
 * is found when its rows are asked for, others are asked for that range instead. Of lane 0.
 */
final class RangeRun {
  private static final Logger LOGGER = LoggerFactory.getLogger(RangeRun.class);

  private final StreamHost host;
  private final StreamProgress progress;
  private final Ledger ledger;
  private final ArrayDeque<RangeShare> left;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private final Set<Fetch> fetches = new LinkedHashSet<>();
  private final FileMessages.Fetch began;

  /** Who cannot read what it has of a range of a table, and is not asked for that any more. */
  private final Map<Part, Map<NodeAddress, DamagedSourceException>> damaged = new HashMap<>();

  /** Of whom it is known which repairs they know. */
  private final Set<NodeAddress> learned = new HashSet<>();

  private final long totalBefore;
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

  /** What fetches some of the first parts of a table. */
  interface Fetch {
    /**
     * Begins; on lane 0.
     *
     * @param firstLane where the first source is asked; the others on those behind it
     * @return completes with the number of parts that are here, durable; on any thread
     */
    CompletionStage<Integer> begin(int firstLane);

    /** Has it fail soon; on lane 0. */
    void cancel(RuntimeException cause);
  }

  /** A run that has not begun. */
  RangeRun(StreamHost host, StreamProgress progress, Collection<RangeShare> shares, Ledger ledger) {
    this.host = host;
    this.progress = progress;
    this.ledger = ledger;
    left = new ArrayDeque<>(shares);
    began = new FileMessages.Fetch(host.clock().wallMillis(), host.clock().nanoTime());
    totalBefore = progress.total();
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
          progress.total() - totalBefore,
          (host.clock().nanoTime() - began.nanos()) / 1_000_000);
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
    UUID table = host.agreements().table();
    agreements(
        share,
        wanted,
        new ArrayDeque<>(sources(share, wanted, table)),
        cause -> {
          if (isReplaced(share, table, List.of(wanted), cause)) {
            ranges.addFirst(wanted);
            host.lane().execute(() -> step(share, () -> agreements(share, ranges)));
            return;
          }
          if (cause != null) {
            ended(cause);
            return;
          }
          fetched(share, table, List.of(wanted));
          host.lane().execute(() -> step(share, () -> agreements(share, ranges)));
        });
  }

  /**
   * Asks one source after another; what it knows of repairs comes first, since nobody purges by a
   * repair of before any more when it knows who is to come.
   */
  private void agreements(
      RangeShare share, Wanted wanted, ArrayDeque<NodeInfo> sources, WriteCallback then) {
    NodeInfo source = sources.poll();
    if (source == null) {
      then.done(null);
      return;
    }
    if (!learned.contains(source.address())) {
      sources.addFirst(source);
      host.repairs()
          .learn(
              source.address(),
              cause -> {
                if (cause == null && failure == null) {
                  learned.add(source.address());
                  agreements(share, wanted, sources, then);
                } else {
                  then.done(cause == null ? failure : cause);
                }
              });
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
    List<Wanted> missing = missing(share, table.id());
    if (missing.isEmpty()) {
      tables.poll();
      host.lane().execute(() -> step(share, () -> table(share, tables)));
      return;
    }
    List<NodeAddress> sources =
        sources(share, missing.getFirst(), table.id()).stream().map(NodeInfo::address).toList();
    List<Wanted> ranges = ofTheSame(share, missing, table.id());
    List<TokenRange> parts = ranges.stream().map(Wanted::range).toList();
    Consumer<List<Wanted>> here =
        some -> {
          fetched(share, table.id(), some);
          step(share, () -> table(share, tables));
        };
    Consumer<Throwable> rowsInstead =
        why -> {
          if (why != null && failure == null) {
            LOGGER.info("{} is fetched as rows: {}", table.name(), why.toString());
          }
          step(
              share,
              () ->
                  fetch(
                      new TableFetch(host, progress, table.id(), sources, parts),
                      ranges,
                      here,
                      cause -> {
                        if (isReplaced(share, table.id(), ranges, cause)) {
                          step(share, () -> table(share, tables));
                        } else {
                          ended(cause);
                        }
                      }));
        };
    fetch(
        new FileFetch(host, progress, began, table.id(), sources, parts),
        ranges,
        some -> {
          if (some.isEmpty()) {
            rowsInstead.accept(null);
          } else {
            here.accept(some);
          }
        },
        rowsInstead);
  }

  /**
   * Whom to ask for a range of a table.
   *
   * @throws StreamException if too few can read what they have of it
   */
  private List<NodeInfo> sources(RangeShare share, Wanted wanted, UUID table) {
    Map<NodeAddress, DamagedSourceException> unfit =
        damaged.get(wanted.of(share.keyspace().name(), table));
    if (unfit == null) {
      return share.sources();
    }
    try {
      return share.others().without(wanted.range(), unfit.keySet());
    } catch (StreamException e) {
      throw new StreamException(
          e.getMessage()
              + ": "
              + unfit.values().stream()
                  .map(DamagedSourceException::getMessage)
                  .collect(Collectors.joining("; ")));
    }
  }

  /** So many of the first ranges as are fetched from the same nodes as the first one. */
  private List<Wanted> ofTheSame(RangeShare share, List<Wanted> ranges, UUID table) {
    int count = 0;
    while (count < ranges.size()
        && !damaged.containsKey(ranges.get(count).of(share.keyspace().name(), table))) {
      count++;
    }
    return ranges.subList(0, Math.max(1, count));
  }

  /**
   * Notes that a node is not to be asked for one of some ranges any more, if that is why a fetch
   * failed; others are asked for this range then, and all for the rest once more.
   */
  private boolean isReplaced(RangeShare share, UUID table, List<Wanted> ranges, Throwable cause) {
    if (!(cause instanceof DamagedSourceException damage) || failure != null) {
      return false;
    }
    for (Wanted wanted : ranges) {
      if (wanted.range().contains(damage.token())) {
        LOGGER.warn("others are asked for {}: {}", wanted.range(), damage.getMessage());
        return damaged
                .computeIfAbsent(
                    wanted.of(share.keyspace().name(), table), part -> new LinkedHashMap<>())
                .put(damage.source(), damage)
            == null;
      }
    }
    return false;
  }

  /** Has the first of some ranges fetched. */
  private void fetch(
      Fetch fetch,
      List<Wanted> ranges,
      Consumer<List<Wanted>> here,
      Consumer<Throwable> otherwise) {
    fetches.add(fetch);
    fetch
        .begin(begun % host.lanes().laneCount())
        .whenComplete(
            (count, failed) ->
                host.lane()
                    .execute(
                        () -> {
                          fetches.remove(fetch);
                          if (failed == null) {
                            here.accept(ranges.subList(0, count));
                          } else if (cause(failed) instanceof UnknownTableException) {
                            // What is of a table that was dropped meanwhile nobody wants.
                            here.accept(ranges);
                          } else {
                            otherwise.accept(cause(failed));
                          }
                        }));
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }
}
