package io.ilion.coordinator.repair;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.replica.read.RangePages;
import io.ilion.coordinator.streaming.RangeFetch;
import io.ilion.coordinator.streaming.RepairKnowledge;
import io.ilion.coordinator.streaming.StreamLimits;
import io.ilion.coordinator.streaming.StreamProgress;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeAddress;
import io.ilion.storage.Slices;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Takes over what other nodes know of repairs. Whoever fetches a range from a node that has purged
 * something does not get that; so it has to know, as that node does, which updates must not be
 * applied any more ({@link RepairedRanges#finishedBefore}). What repairs have shown of that is true
 * wherever it is known. Of lane 0.
 */
public final class LearnedRepairs implements RepairKnowledge {
  private static final TokenRange ALL = new TokenRange(Long.MIN_VALUE, Long.MAX_VALUE);

  /** So many ranges are kept at once, which is little to write. */
  private static final int AT_ONCE = 64;

  private final LaneAccess lanes;
  private final Lane lane;
  private final Messenger messenger;
  private final Clock clock;
  private final StreamLimits limits;
  private final TableDefinition table;
  private final RepairedRanges repaired;

  /**
   * Takes it over into a table of the definition of {@code system.repairs}.
   *
   * @param lane lane 0
   */
  public LearnedRepairs(
      LaneAccess lanes,
      Lane lane,
      Messenger messenger,
      Clock clock,
      StreamLimits limits,
      TableDefinition table,
      RepairedRanges repaired) {
    this.lanes = lanes;
    this.lane = lane;
    this.messenger = messenger;
    this.clock = clock;
    this.limits = limits;
    this.table = table;
    this.repaired = repaired;
  }

  @Override
  public void learn(NodeAddress of, WriteCallback done) {
    Map<UUID, List<RepairedRange>> found = new LinkedHashMap<>();
    new RangeFetch(
            lanes,
            lane,
            clock,
            limits,
            new StreamProgress(),
            of,
            new RangePages(
                messenger,
                table.id(),
                Slices.ALL,
                ALL,
                limits.pageBytes(),
                RangePages.PURGE_NOTHING),
            page -> {
              for (RangePages.Update update : page) {
                repaired.readFinished(
                    update.bytes(),
                    (id, range) -> found.computeIfAbsent(id, none -> new ArrayList<>()).add(range));
              }
              return List.of();
            },
            failure -> {
              if (failure != null) {
                done.done(failure);
              } else {
                keep(found.entrySet().iterator(), List.of(), null, done);
              }
            })
        .begin();
  }

  /** Keeps some ranges of a table, and then the next. */
  private void keep(
      Iterator<Map.Entry<UUID, List<RepairedRange>>> tables,
      List<RepairedRange> left,
      UUID id,
      WriteCallback done) {
    if (left.isEmpty()) {
      if (tables.hasNext()) {
        Map.Entry<UUID, List<RepairedRange>> next = tables.next();
        keep(tables, next.getValue(), next.getKey(), done);
      } else {
        done.done(null);
      }
      return;
    }
    int some = Math.min(AT_ONCE, left.size());
    repaired.add(
        id,
        left.subList(0, some),
        failure ->
            lane.execute(
                () -> {
                  if (failure != null) {
                    done.done(failure);
                  } else {
                    keep(tables, left.subList(some, left.size()), id, done);
                  }
                }));
  }
}
