package io.ilion.coordinator.repair;

import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has this node repair the ranges of which it is the first replica, table by table, each well
 * within its gc_grace_seconds: since deletions stay until then, the more often the less there is to
 * read past. No node takes part in two such repairs at once, and each rests as long as it works.
 * What is due is known from what is repaired, so a restart changes nothing. A table whose repair
 * failed is put off for a while, so that the others have their turn. On lane 0.
 */
public final class RepairSchedule {
  private static final Logger LOGGER = LoggerFactory.getLogger(RepairSchedule.class);
  private static final long TICK_NANOS = 60_000_000_000L;
  private static final long DEFAULT_GRACE_SECONDS = 864_000;
  private static final long WARN_SECONDS = 86_400;
  private static final long SECOND = 1_000_000_000L;

  /** So long the first failure puts a table off, and each further one twice as long. */
  private static final long RETRY_SECONDS = 60;

  private static final long LONGEST_RETRY_SECONDS = 3600;

  private final Repairs repairs;
  private final Supplier<Schema> schema;
  private final Options options;
  private final RandomGenerator random;

  /** When a table was seen that had never been repaired, in seconds. */
  private final Map<UUID, Long> firstSeen = new HashMap<>();

  private final Map<UUID, Long> warned = new HashMap<>();

  /** The tables whose last repair failed. */
  private final Map<UUID, Failure> failed = new HashMap<>();

  // Read by any thread.
  private volatile boolean enabled;
  private volatile RepairRun running;
  private volatile List<Overdue> lastSeen = List.of();
  private int ticksToWait;

  /**
   * That a table could not be repaired.
   *
   * @param times how often, one after the other; those do not count for which a replica had no time
   * @param retryNanos before which it is not tried again
   */
  private record Failure(String reason, int times, long retryNanos) {}

  /**
   * When to repair.
   *
   * @param enabled whether nodes repair by themselves
   * @param interval how often a table is repaired; zero for a third of its gc_grace_seconds
   * @param least the least interval that follows from gc_grace_seconds
   * @param spread within which tables that were never repaired begin, some sooner, others later; or
   *     within the interval, if that is less
   */
  public record Options(boolean enabled, Duration interval, Duration least, Duration spread) {
    /** What most clusters want. */
    public static final Options DEFAULT =
        new Options(true, Duration.ZERO, Duration.ofHours(1), Duration.ofHours(6));
  }

  /**
   * How a table stands.
   *
   * @param sinceSeconds when the oldest of the last repairs began that this node's first ranges
   *     had; Long.MIN_VALUE if one was never repaired, Long.MAX_VALUE if none needs it
   * @param deletionsBefore deletions of earlier seconds may be purged everywhere on this node;
   *     Long.MIN_VALUE if in some range none may
   * @param dueSeconds when it is to be repaired next
   * @param failure why the last attempt of this node's schedule failed; empty if it did not
   */
  public record Standing(
      TableDefinition table,
      long sinceSeconds,
      long deletionsBefore,
      long dueSeconds,
      String failure) {}

  /**
   * How late the repair of a table is.
   *
   * @param ageSeconds since the oldest of the last repairs of a range began; if one was never
   *     repaired, since that was seen
   * @param overdueSeconds since it should have been repaired; 0 if it is not due
   * @param graceSeconds within which it should be repaired: its gc_grace_seconds, or the default of
   *     that if it has none
   */
  public record Overdue(
      TableDefinition table, long ageSeconds, long overdueSeconds, long graceSeconds) {}

  /** A schedule that has not begun. */
  public RepairSchedule(
      Repairs repairs, Supplier<Schema> schema, Options options, RandomGenerator random) {
    this.repairs = repairs;
    this.schema = schema;
    this.options = options;
    this.random = random;
    this.enabled = options.enabled();
  }

  /** Begins to look now and then what is due. */
  public void start() {
    repairs.lane.schedule(TICK_NANOS, this::tick);
  }

  /** Whether it begins repairs by itself. */
  public boolean isEnabled() {
    return enabled;
  }

  /** Begins no more, or does again; until the node is restarted. */
  public void enable(boolean now) {
    enabled = now;
  }

  private void tick() {
    try {
      repairs.repaired.forgetDropped();
      for (Map<UUID, ?> kept : List.of(firstSeen, warned, failed)) {
        kept.keySet().removeIf(table -> schema.get().table(table) == null);
      }
      List<Standing> standings = standings();
      if (ticksToWait > 0) {
        ticksToWait--;
      } else if (running == null
          && enabled
          && repairs.view.self().state() == NodeInfo.State.NORMAL) {
        beginNext(standings);
      }
      look(standings);
      warn(standings);
    } catch (RuntimeException e) {
      LOGGER.error("the schedule of repairs failed, and goes on", e);
    }
    repairs.lane.schedule(TICK_NANOS, this::tick);
  }

  /** How late repairs were when that was last looked at, which is each minute. Any thread. */
  public List<Overdue> lastSeen() {
    return lastSeen;
  }

  private void look(List<Standing> standings) {
    long now = repairs.clock.wallSeconds();
    List<Overdue> seen = new ArrayList<>();
    for (Standing standing : standings) {
      if (standing.sinceSeconds == Long.MAX_VALUE) {
        continue;
      }
      long since =
          standing.sinceSeconds == Long.MIN_VALUE
              ? firstSeen.getOrDefault(standing.table.id(), now)
              : standing.sinceSeconds;
      seen.add(
          new Overdue(
              standing.table,
              Math.max(0, now - since),
              Math.max(0, now - standing.dueSeconds),
              graceSeconds(standing.table)));
    }
    lastSeen = List.copyOf(seen);
  }

  private void beginNext(List<Standing> standings) {
    long now = repairs.clock.wallSeconds();
    standings.stream()
        .min(Comparator.comparingLong(standing -> turnSeconds(standing, now)))
        .filter(standing -> turnSeconds(standing, now) <= now)
        .ifPresent(this::begin);
  }

  /** Since when, or from when on, a table may be repaired; whoever waits longest is the next. */
  private long turnSeconds(Standing standing, long now) {
    Failure failure = failed.get(standing.table.id());
    return failure == null
        ? standing.dueSeconds
        : Math.max(
            standing.dueSeconds, now - (repairs.clock.nanoTime() - failure.retryNanos) / SECOND);
  }

  private void begin(Standing standing) {
    TableDefinition table = standing.table;
    KeyspaceDefinition keyspace = schema.get().keyspace(table.keyspace());
    if (keyspace == null) {
      // It was dropped while all tables were looked at.
      return;
    }
    RepairRun run =
        repairs.begin(new Repairs.Request(keyspace, List.of(table), List.of(), true, true));
    running = run;
    run.outcome()
        .whenComplete(
            (report, failure) ->
                repairs.lane.execute(
                    () -> {
                      running = null;
                      if (failure != null) {
                        putOff(table, failure);
                        ticksToWait = random.nextInt(5);
                      } else {
                        failed.remove(table.id());
                        LOGGER.info(
                            "{}.{} is repaired: {}", table.keyspace(), table.name(), report);
                      }
                    }));
  }

  private void putOff(TableDefinition table, Throwable failure) {
    Failure before = failed.get(table.id());
    int times = before == null ? 0 : before.times;
    boolean busy = failure instanceof Repairs.RepairException exception && exception.isBusy();
    long most = Math.min(LONGEST_RETRY_SECONDS, intervalSeconds(table) / 4);
    long wait = Math.min(most, busy ? RETRY_SECONDS : RETRY_SECONDS << Math.min(times, 6));
    failed.put(
        table.id(),
        new Failure(
            String.valueOf(failure.getMessage()),
            busy ? times : times + 1,
            repairs.clock.nanoTime() + wait * SECOND));
  }

  /** Whether a keyspace has other replicas than this node. */
  public boolean concerns(KeyspaceDefinition keyspace) {
    return !keyspace.virtual() && !repairs.view.replicas(keyspace).isLocalOnly();
  }

  /** {@link #standings} for whoever is not on lane 0. */
  public CompletionStage<List<Standing>> askStandings() {
    return CompletableFuture.supplyAsync(this::standings, repairs.lane::execute);
  }

  /** How all tables stand that have other replicas; on lane 0. */
  public List<Standing> standings() {
    List<Standing> standings = new ArrayList<>();
    for (KeyspaceDefinition keyspace : schema.get().keyspaces().values()) {
      if (keyspace.virtual()) {
        continue;
      }
      KeyspaceReplicas replicas = repairs.view.replicas(keyspace);
      List<TokenRange> first = new ArrayList<>();
      List<TokenRange> own = new ArrayList<>();
      for (TokenRange range : replicas.ranges()) {
        ReplicaSet set = replicas.of(range.end());
        if (set.natural().size() > 1 && set.natural().contains(repairs.view.self())) {
          own.add(range);
          if (set.natural().getFirst().equals(repairs.view.self())) {
            first.add(range);
          }
        }
      }
      if (!first.isEmpty()) {
        keyspace.tables().values().stream()
            .filter(table -> !table.isVirtual())
            .forEach(table -> standings.add(standing(keyspace, table, first, own)));
      }
    }
    return standings;
  }

  private Standing standing(
      KeyspaceDefinition keyspace,
      TableDefinition table,
      List<TokenRange> first,
      List<TokenRange> own) {
    long since = Long.MAX_VALUE;
    for (TokenRange range : first) {
      since = Math.min(since, repairs.repaired.repairedSince(keyspace, table.id(), range));
    }
    long before = Long.MAX_VALUE;
    for (TokenRange range : own) {
      before = Math.min(before, repairs.repaired.everywhereBefore(keyspace, table.id(), range));
    }
    long due;
    if (since == Long.MIN_VALUE) {
      long now = repairs.clock.wallSeconds();
      long seen = firstSeen.computeIfAbsent(table.id(), id -> now);
      // Of all tables and nodes another share, the same at each start.
      long share = (table.id().hashCode() * 31L + repairs.view.self().hostId().hashCode()) & 0xffff;
      long spread = Math.min(options.spread.toSeconds(), intervalSeconds(table));
      due = seen + spread * share / 0x10000;
    } else {
      due = since == Long.MAX_VALUE ? since : since + intervalSeconds(table);
    }
    Failure failure = failed.get(table.id());
    return new Standing(table, since, before, due, failure == null ? "" : failure.reason);
  }

  private long intervalSeconds(TableDefinition table) {
    if (!options.interval.isZero()) {
      return options.interval.toSeconds();
    }
    return Math.max(options.least.toSeconds(), graceSeconds(table) / 3);
  }

  private static long graceSeconds(TableDefinition table) {
    long grace = table.properties().gcGraceSeconds();
    return grace == 0 ? DEFAULT_GRACE_SECONDS : grace;
  }

  /** Says once a day of which tables deletions stay longer than they should. */
  private void warn(List<Standing> standings) {
    long now = repairs.clock.wallSeconds();
    for (Standing standing : standings) {
      UUID id = standing.table.id();
      long late = standing.dueSeconds + intervalSeconds(standing.table);
      if (now > late && now - warned.getOrDefault(id, Long.MIN_VALUE / 2) > WARN_SECONDS) {
        warned.put(id, now);
        LOGGER.warn(
            "{}.{} should have been repaired {} hours ago; its deletions stay until it is{}",
            standing.table.keyspace(),
            standing.table.name(),
            (now - standing.dueSeconds) / 3600,
            standing.failure.isEmpty() ? "" : " (" + standing.failure + ")");
      }
    }
  }
}
