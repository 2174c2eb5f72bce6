package io.ilion.storage.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.TableOptions;
import java.util.Map;
import java.util.UUID;

/** What tests of engines in a simulated world begin with. */
final class SmallEngines {
  private SmallEngines() {}

  /** Settings with segments of a MiB, four of them, and two compactors without a limit. */
  static EngineConfig config(long memtableBytes, long cacheBytes) {
    EngineConfig base = EngineConfig.of("n", 1 << 20);
    return new EngineConfig(
        base.dataDirectory(),
        base.commitLogDirectory(),
        EngineConfig.SyncMode.GROUP,
        0,
        1_000_000_000,
        1 << 20,
        1 << 22,
        memtableBytes,
        cacheBytes,
        2,
        0);
  }

  /** A table with rows, compacted by size. */
  static TableOptions table(UUID id, long gcGraceSeconds) {
    return new TableOptions(
        id,
        "t-1",
        gcGraceSeconds,
        0.01,
        Map.of("class", "SizeTieredCompactionStrategy"),
        Map.of("class", "LZ4Compressor"),
        1);
  }

  /** Applies an update, and waits until it is durable. */
  static void apply(SimulatedWorld world, Engine engine, long token, byte[] update) {
    boolean[] done = new boolean[1];
    engine
        .lane(engine.laneOf(token))
        .apply(
            token,
            update,
            failure -> {
              assertThat(failure).isNull();
              done[0] = true;
            });
    world.until(() -> done[0]);
  }
}
