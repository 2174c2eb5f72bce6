package io.ilion.server.operations;

import static io.ilion.server.operations.Json.object;

import io.ilion.storage.StorageEngine.CacheStatistics;
import io.ilion.storage.engine.Engine;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The cache of the blocks of files. */
public final class CacheOperations {
  private static final long MIB = 1L << 20;

  private static final Parameter<Long> CAPACITY =
      Parameter.required("capacity", ParameterType.SIZE_TEXT, "a size such as 512MiB").positional();

  private final Engine engine;
  private final long mostBytes;

  /**
   * Operations of an engine's cache.
   *
   * @param mostBytes what it may have beside all else that is in memory
   */
  public CacheOperations(Engine engine, long mostBytes) {
    this.engine = engine;
    this.mostBytes = mostBytes;
  }

  /** The operations. */
  public List<Operation> operations() {
    return List.of(
        Operation.change(
            "setcachecapacity",
            "changes how much of files is kept in memory, until the next start",
            List.of(CAPACITY),
            (arguments, progress) -> {
              engine.setCacheBytes(checked(arguments.get(CAPACITY)));
              return CompletableFuture.completedFuture(state());
            }),
        Operation.change(
            "invalidatecache",
            "forgets what is kept of files in memory, so that the next reads ask the disk",
            List.of(),
            (arguments, progress) -> {
              engine.clearCache();
              return CompletableFuture.completedFuture(state());
            }));
  }

  private long checked(long bytes) {
    if (bytes < MIB || bytes > mostBytes) {
      throw OperationException.badArgument(
          "the cache may have from 1MiB to %dMiB: 'memory' and memtables bound it"
              .formatted(mostBytes / MIB));
    }
    return bytes;
  }

  private Map<String, Object> state() {
    CacheStatistics cache = engine.cache();
    return object("cache_capacity_bytes", cache.capacityBytes(), "cache_bytes", cache.bytes());
  }
}
