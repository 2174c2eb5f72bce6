package io.ilion.server;

import io.ilion.gossip.metadata.MetadataService;
import io.ilion.model.data.CorruptDataException;
import io.ilion.runtime.NodeRuntime;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import io.ilion.server.schema.LeftoverTables;
import io.ilion.server.system.NodeIdentity;
import io.ilion.storage.StorageEngine;
import io.ilion.storage.engine.Engine;
import io.ilion.storage.engine.EngineConfig;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * What a node finds on its disk when it starts: who it is, what its cluster has agreed on, and its
 * rows. What else it keeps there (hints, say) is opened by whoever relies on it.
 *
 * @param horizons asked by the engine which deletions may be purged; it does not know yet
 */
record NodeDisk(
    NodeIdentity identity, MetadataService metadata, Engine engine, NodeHorizons horizons) {

  /**
   * Opens it; blocks while the commit log is replayed.
   *
   * @param fatal told when the node cannot go on, such as after a failed sync of the commit log
   * @throws IOException if a node cannot serve with this configuration and what is on the disk; the
   *     message says why
   */
  static NodeDisk open(Config config, NodeRuntime runtime, Consumer<Throwable> fatal)
      throws IOException {
    String directory = config.get(Settings.DATA_DIRECTORY);
    Engine.makeRoom(runtime.files(), directory + "/data");
    if (config.get(Settings.OVERRIDE_DECOMMISSION)) {
      FormerMember.forget(runtime, directory, fatal);
    }
    NodeIdentity identity =
        NodeIdentity.open(
            runtime.files(), directory, config.get(Settings.NUM_TOKENS), runtime.random().split());
    MetadataService metadata = NodeCluster.openMetadata(config, runtime, identity, fatal);
    try {
      LeftoverTables.expectNone(runtime.files(), directory + "/data", metadata.metadata().schema());
    } catch (CorruptDataException e) {
      metadata.close();
      throw e;
    }
    NodeHorizons horizons = new NodeHorizons();
    Engine engine = openEngine(config, runtime, horizons, fatal);
    return new NodeDisk(identity, metadata, engine, horizons);
  }

  private static Engine openEngine(
      Config config, NodeRuntime runtime, NodeHorizons horizons, Consumer<Throwable> fatal)
      throws IOException {
    String directory = config.get(Settings.DATA_DIRECTORY);
    EngineConfig options =
        new EngineConfig(
            directory + "/data",
            directory + "/commitlog",
            EngineConfig.SyncMode.valueOf(config.get(Settings.COMMITLOG_SYNC).name()),
            config.get(Settings.COMMITLOG_SYNC_GROUP_WINDOW).toNanos(),
            config.get(Settings.COMMITLOG_SYNC_PERIOD).toNanos(),
            Math.toIntExact(config.get(Settings.COMMITLOG_SEGMENT_SIZE)),
            config.get(Settings.COMMITLOG_TOTAL_SPACE),
            config.get(Settings.MEMTABLE_HEAP_SPACE),
            config.get(Settings.FILE_CACHE_SIZE),
            config.get(Settings.CONCURRENT_COMPACTORS),
            config.get(Settings.COMPACTION_THROUGHPUT));
    Engine engine = Engine.open(options, runtime, horizons, fatal);
    engine.keepFree(config.get(Settings.DISK_FREE_RESERVE));
    return engine;
  }

  /** The bytes that the files of all tables take, without snapshots. */
  long liveBytes() {
    return engine.statistics().stream()
        .mapToLong(StorageEngine.TableStatistics::liveSstableBytes)
        .sum();
  }
}
