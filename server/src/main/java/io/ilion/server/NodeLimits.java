package io.ilion.server;

import io.ilion.coordinator.MemoryPool;
import io.ilion.coordinator.read.ReadLimits;
import io.ilion.coordinator.read.ResultBudget;
import io.ilion.coordinator.repair.RepairLimits;
import io.ilion.coordinator.repair.RepairSchedule;
import io.ilion.coordinator.replica.hint.HintOptions;
import io.ilion.coordinator.streaming.StreamLimits;
import io.ilion.coordinator.write.WriteLimits;
import io.ilion.gossip.messaging.MessengerLimits;
import io.ilion.server.config.Config;
import io.ilion.server.config.MemoryBudget;
import io.ilion.server.config.Settings;

/** What a node's configuration says of the limits of requests. */
final class NodeLimits {
  private NodeLimits() {}

  /** The limits of reads. */
  static ReadLimits reads(Config config) {
    return new ReadLimits(
        config.get(Settings.TOMBSTONE_WARN_THRESHOLD),
        config.get(Settings.TOMBSTONE_FAILURE_THRESHOLD),
        config.get(Settings.PARTITION_KEYS_IN_SELECT_WARN_THRESHOLD),
        config.get(Settings.PARTITION_KEYS_IN_SELECT_FAIL_THRESHOLD));
  }

  /**
   * The memory of results: a quarter of what one without pages may have for a page.
   *
   * @param pool what all of them may take
   */
  static ResultBudget results(Config config, MemoryPool pool) {
    long unpaged = config.get(Settings.LOCAL_READ_SIZE_FAIL_THRESHOLD);
    return new ResultBudget(Settings.heap(config) / 48, unpaged, pool);
  }

  /** What messages of other nodes may take. */
  static MessengerLimits messages(Config config) {
    MemoryBudget memory = MemoryBudget.of(config);
    return new MessengerLimits(memory.work(), memory.held());
  }

  /** Which hints are kept, and how fast they are handed over. */
  static HintOptions hints(Config config) {
    HintOptions usual = HintOptions.DEFAULT;
    long most = config.get(Settings.MAX_HINTS_SIZE_PER_HOST);
    long throttle = config.get(Settings.HINTED_HANDOFF_THROTTLE);
    return new HintOptions(
        config.get(Settings.MAX_HINT_WINDOW).toNanos(),
        most == 0 ? Long.MAX_VALUE : most,
        throttle == 0 ? Long.MAX_VALUE : throttle,
        usual.requestTimeoutNanos(),
        MemoryBudget.of(config).hints());
  }

  /** How ranges are fetched: little memory has small pages. */
  static StreamLimits streams(Config config) {
    StreamLimits usual = StreamLimits.DEFAULT;
    return new StreamLimits(
        (int) Math.min(usual.pageBytes(), config.get(Settings.MEMORY) / 1024),
        usual.bytesPerSecond(),
        usual.atOnce(),
        usual.timeoutNanos(),
        usual.attempts(),
        usual.importBytes());
  }

  /** How repairs go about their work. */
  static RepairLimits repairs(Config config) {
    RepairLimits usual = RepairLimits.DEFAULT;
    return new RepairLimits(
        config.get(Settings.REPAIR_THROUGHPUT),
        usual.pageBytes(),
        usual.partBytes(),
        usual.leaves(),
        usual.refineBytes(),
        config.get(Settings.REPAIR_PURGE_MARGIN).toSeconds());
  }

  /** When the node repairs its ranges by itself. */
  static RepairSchedule.Options schedule(Config config) {
    RepairSchedule.Options usual = RepairSchedule.Options.DEFAULT;
    return new RepairSchedule.Options(
        config.get(Settings.AUTO_REPAIR_ENABLED),
        config.get(Settings.AUTO_REPAIR_INTERVAL),
        usual.least(),
        usual.spread());
  }

  /** The limits of writes. */
  static WriteLimits writes(Config config) {
    return new WriteLimits(
        config.get(Settings.BATCH_SIZE_WARN_THRESHOLD),
        config.get(Settings.BATCH_SIZE_FAIL_THRESHOLD),
        config.get(Settings.UNLOGGED_BATCH_ACROSS_PARTITIONS_WARN_THRESHOLD),
        config.get(Settings.COMMITLOG_SEGMENT_SIZE) / 2,
        config.get(Settings.COLUMN_VALUE_SIZE_WARN_THRESHOLD),
        config.get(Settings.COLUMN_VALUE_SIZE_FAIL_THRESHOLD),
        config.get(Settings.ITEMS_PER_COLLECTION_WARN_THRESHOLD),
        config.get(Settings.ITEMS_PER_COLLECTION_FAIL_THRESHOLD));
  }
}
