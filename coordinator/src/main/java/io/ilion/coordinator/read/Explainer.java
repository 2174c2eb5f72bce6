package io.ilion.coordinator.read;

import io.ilion.coordinator.replica.read.ReadContext;
import io.ilion.cql.restrict.Interval;
import io.ilion.cql.select.SelectPlan;
import io.ilion.cql.term.Evaluation;
import io.ilion.model.ring.Murmur3;
import io.ilion.runtime.Scheduler;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.ReadForecast;
import io.ilion.storage.Slices;
import io.ilion.storage.StorageEngine;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Asks the lanes what one SELECT would have to look into. */
final class Explainer {
  /** Of how many partitions, or parts of the ring, it is looked at most. */
  static final int MOST_LOOKS = 1000;

  private final StorageEngine engine;
  private final Scheduler scheduler;
  private final ReplicatedReads replicated;
  private final SelectPlan plan;
  private final Evaluation evaluation;
  private final ReadOptions options;
  private final Explanation.Callback callback;

  Explainer(
      StorageEngine engine,
      Scheduler scheduler,
      ReplicatedReads replicated,
      SelectPlan plan,
      Evaluation evaluation,
      ReadOptions options,
      Explanation.Callback callback) {
    this.engine = engine;
    this.scheduler = scheduler;
    this.replicated = replicated;
    this.plan = plan;
    this.evaluation = evaluation;
    this.options = options;
    this.callback = callback;
  }

  void start() {
    SelectSteps steps = new SelectSteps(plan, evaluation, options);
    if (plan.table().isVirtual() || steps.isEmpty()) {
      callback.done(steps.planned(new ReadOutlook()), null);
      return;
    }
    List<Slices.Interval> parts = new ArrayList<>();
    for (Interval interval : plan.restrictions().intervals(evaluation)) {
      parts.add(new Slices.Interval(interval.start(), interval.end()));
    }
    Slices slices = new Slices(parts);
    if (plan.restrictions().hasPartitionKeys()) {
      List<byte[]> keys = plan.restrictions().partitionKeys(evaluation);
      partitions(steps, keys.subList(0, Math.min(keys.size(), MOST_LOOKS)), slices);
    } else {
      range(steps, plan.restrictions().tokenRange(evaluation), slices);
    }
  }

  /** What one lane says. */
  private interface Look {
    void at(int lane, ReadOutlook outlook);
  }

  /** Asks all lanes, then builds the explanation. */
  private void gather(SelectSteps steps, Look look) {
    int lanes = scheduler.laneCount();
    ReadOutlook[] outlooks = new ReadOutlook[lanes];
    RuntimeException[] failures = new RuntimeException[lanes];
    AtomicInteger left = new AtomicInteger(lanes);
    for (int i = 0; i < lanes; i++) {
      int lane = i;
      outlooks[i] = new ReadOutlook();
      scheduler
          .lane(i)
          .execute(
              () -> {
                try {
                  look.at(lane, outlooks[lane]);
                } catch (RuntimeException e) {
                  failures[lane] = e;
                }
                if (left.decrementAndGet() == 0) {
                  end(steps, outlooks, failures);
                }
              });
    }
  }

  private void end(SelectSteps steps, ReadOutlook[] outlooks, RuntimeException[] failures) {
    Explanation explanation = null;
    Throwable failure = null;
    try {
      ReadOutlook all = new ReadOutlook();
      for (int i = 0; i < outlooks.length; i++) {
        if (failures[i] != null) {
          throw failures[i];
        }
        all.add(outlooks[i]);
      }
      explanation = steps.planned(all);
    } catch (RuntimeException e) {
      failure = e;
    }
    callback.done(explanation, failure);
  }

  private void partitions(SelectSteps steps, List<byte[]> keys, Slices slices) {
    gather(
        steps,
        (lane, outlook) -> {
          for (byte[] key : keys) {
            long token = Murmur3.token(key);
            if (engine.laneOf(token) == lane) {
              add(
                  lane,
                  outlook,
                  ReadCommand.partition(plan.table().id(), key, token, slices, plan.reversed()));
              if (replicated != null
                  && replicated.concerns(plan.table(), options.consistency(), token)) {
                outlook.add(replicated.route(context(false), token, lane));
              }
            }
          }
        });
  }

  private void range(SelectSteps steps, long[] tokens, Slices slices) {
    ReadCommand command =
        ReadCommand.range(
            plan.table().id(), new PartitionRange(tokens[0], null, true, tokens[1]), slices);
    boolean elsewhere =
        replicated != null && replicated.concernsRange(plan.table(), options.consistency());
    gather(
        steps,
        (lane, outlook) -> {
          add(lane, outlook, command);
          // One lane reads all parts of the ring.
          if (elsewhere && lane == engine.laneOf(tokens[0])) {
            ReadContext context = context(true);
            List<Long> ends = new ArrayList<>(replicated.ringEnds(plan.table()));
            ends.removeIf(end -> end < tokens[0] || end >= tokens[1]);
            ends.add(tokens[1]);
            for (long end : ends.subList(0, Math.min(ends.size(), MOST_LOOKS))) {
              outlook.add(replicated.route(context, end, lane));
            }
          }
        });
  }

  private ReadContext context(boolean range) {
    return replicated.context(plan.table(), options, range, replicated.newShare());
  }

  private void add(int lane, ReadOutlook outlook, ReadCommand command) {
    ReadForecast forecast = engine.lane(lane).forecast(command);
    if (forecast != null) {
      outlook.add(forecast);
    }
  }
}
