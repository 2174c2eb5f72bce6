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
 * What is due is known from what is repaired, so a restart changes nothing. On lane 0.
 */
public final class RepairSchedule {
  private static final Logger LOGGER = LoggerFactory.getLogger(RepairSchedule.class);
  private static final long TICK_NANOS = 60_000_000_000L;
  private static final long DEFAULT_GRACE_SECONDS = 864_000;
  private static final long WARN_SECONDS = 86_400;

  private final Repairs repairs;
  private final Supplier<Schema> schema;
  private final Options options;
  private final RandomGenerator random;

  /** When a table was seen that had never been repaired, in seconds. */
  private final Map<UUID, Long> firstSeen = new HashMap<>();

  private final Map<UUID, Long> warned = new HashMap<>();

  // Read by any thread.
  private volatile boolean enabled;
  private volatile RepairRun running;
  private volatile String lastFailure = "";
  private int ticksToWait;

  /**
   * When to repair.
   *
   * @param enabled whether nodes repair by themselves
   * @param interval how often a table is repaired; zero for a third of its gc_grace_seconds
   * @param least the least interval that follows from gc_grace_seconds
   * @param spread within which tables that were never repaired begin, some sooner, others later
   */
  public record Options(boolean enabled, Duration interval, Duration least, Duration spread) {
    /** What most clusters want. */
    public static final Options DEFAULT =
        new Options(true, Duration.ZERO, Duration.ofHours(6), Duration.ofHours(6));
  }

  /**
   * How a table stands.
   *
   * @param sinceSeconds when the oldest of the last repairs began that this node's first ranges
   *     had; Long.MIN_VALUE if one was never repaired, Long.MAX_VALUE if none needs it
   * @param deletionsBefore deletions of earlier seconds may be purged everywhere on this node;
   *     Long.MIN_VALUE if in some range none may
   * @param dueSeconds when it is to be repaired next
   */
  public record Standing(
      TableDefinition table, long sinceSeconds, long deletionsBefore, long dueSeconds) {}

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

  /** Why the last one failed; empty if it did not. */
  public String lastFailure() {
    return lastFailure;
  }

  private void tick() {
    try {
      repairs.repaired.forgetDropped();
      firstSeen.keySet().removeIf(table -> schema.get().table(table) == null);
      if (ticksToWait > 0) {
        ticksToWait--;
      } else if (running == null
          && enabled
          && repairs.view.self().state() == NodeInfo.State.NORMAL) {
        beginNext();
      }
      warn();
    } catch (RuntimeException e) {
      LOGGER.error("the schedule of repairs failed, and goes on", e);
    }
    repairs.lane.schedule(TICK_NANOS, this::tick);
  }

  private void beginNext() {
    long now = repairs.clock.wallSeconds();
    standings().stream()
        .filter(standing -> standing.dueSeconds <= now)
        .min(Comparator.comparingLong(Standing::dueSeconds))
        .ifPresent(this::begin);
  }

  private void begin(Standing standing) {
    TableDefinition table = standing.table;
    KeyspaceDefinition keyspace = schema.get().keyspace(table.keyspace());
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
                        lastFailure = String.valueOf(failure.getMessage());
                        ticksToWait = random.nextInt(5);
                      } else {
                        lastFailure = "";
                        LOGGER.info(
                            "{}.{} is repaired: {}", table.keyspace(), table.name(), report);
                      }
                    }));
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
      due = seen + options.spread.toSeconds() * share / 0x10000;
    } else {
      due = since == Long.MAX_VALUE ? since : since + intervalSeconds(table);
    }
    return new Standing(table, since, before, due);
  }

  private long intervalSeconds(TableDefinition table) {
    if (!options.interval.isZero()) {
      return options.interval.toSeconds();
    }
    long grace = table.properties().gcGraceSeconds();
    return Math.max(options.least.toSeconds(), (grace == 0 ? DEFAULT_GRACE_SECONDS : grace) / 3);
  }

  /** Says once a day of which tables deletions stay longer than they should. */
  private void warn() {
    long now = repairs.clock.wallSeconds();
    for (Standing standing : standings()) {
      UUID id = standing.table.id();
      long late = standing.dueSeconds + intervalSeconds(standing.table);
      if (now > late && now - warned.getOrDefault(id, Long.MIN_VALUE / 2) > WARN_SECONDS) {
        warned.put(id, now);
        LOGGER.warn(
            "{}.{} should have been repaired {} hours ago; its deletions stay until it is{}",
            standing.table.keyspace(),
            standing.table.name(),
            (now - standing.dueSeconds) / 3600,
            lastFailure.isEmpty() ? "" : " (" + lastFailure + ")");
      }
    }
    warned.keySet().removeIf(id -> schema.get().table(id) == null);
  }
}
