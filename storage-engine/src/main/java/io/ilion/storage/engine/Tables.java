package io.ilion.storage.engine;

import io.ilion.storage.StorageEngine.ReplicaRequests;
import io.ilion.storage.StorageEngine.TableStatistics;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableOptions;
import io.ilion.storage.UnknownTableException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;

/** Which tables there are: each has a part on every lane, which the lane owns. Any thread. */
final class Tables {
  private final int laneCount;
  private final long cacheBytes;
  private final Map<UUID, LaneTable[]> byId = new ConcurrentHashMap<>();

  /**
   * None at first.
   *
   * @param cacheBytes the budget of the block cache
   */
  Tables(int laneCount, long cacheBytes) {
    this.laneCount = laneCount;
    this.cacheBytes = cacheBytes;
  }

  /** The parts of a table, lane by lane; made if there are none. */
  LaneTable[] partsFor(TableOptions options) {
    LaneTable[] former = byId.containsKey(options.id()) ? null : formerParts(options);
    return byId.computeIfAbsent(
        options.id(),
        id -> {
          LaneTable[] made = new LaneTable[laneCount];
          for (int i = 0; i < made.length; i++) {
            LaneTable before = former == null ? null : former[i];
            made[i] = new LaneTable(options, i, cacheBytes / laneCount, before);
          }
          return made;
        });
  }

  /** Those of the same table under the id that it had before it was truncated. */
  private LaneTable[] formerParts(TableOptions options) {
    for (LaneTable[] parts : byId.values()) {
      if (parts[0].options().directoryName().equals(options.directoryName())) {
        return parts;
      }
    }
    return null;
  }

  /** The parts of a table, lane by lane; null if there is no such table. */
  LaneTable[] parts(UUID id) {
    return byId.get(id);
  }

  /**
   * Does something with the parts of a table; fails with an {@link UnknownTableException} if there
   * is no such table.
   */
  <T> CompletionStage<T> with(UUID id, Function<LaneTable[], CompletionStage<T>> action) {
    LaneTable[] parts = byId.get(id);
    return parts == null
        ? CompletableFuture.failedFuture(new UnknownTableException(id))
        : action.apply(parts);
  }

  /** Forgets a table; returns its parts, null if there was no such table. */
  LaneTable[] remove(UUID id) {
    return byId.remove(id);
  }

  void forEach(BiConsumer<UUID, LaneTable[]> action) {
    byId.forEach(action);
  }

  /** Of each table how it is stored. */
  List<TableOptions> options() {
    return byId.values().stream().map(parts -> parts[0].options()).toList();
  }

  /** Lets all files go; when nothing runs any more. */
  void releaseFiles() {
    byId.values().stream().flatMap(Tables::files).forEach(TableFile::release);
  }

  /** The files that the parts of a table show. */
  static Stream<TableFile> files(LaneTable[] parts) {
    return Arrays.stream(parts).flatMap(part -> Arrays.stream(part.files()));
  }

  /** Figures of each table on disk and in memory. */
  List<TableStatistics> statistics() {
    List<TableStatistics> all = new ArrayList<>();
    byId.forEach((id, parts) -> all.add(statistics(id, parts)));
    return all;
  }

  private static TableStatistics statistics(UUID id, LaneTable[] parts) {
    // Lanes share the files that another number of lanes wrote.
    Map<Long, TableFile> byGeneration = new HashMap<>();
    files(parts).forEach(file -> byGeneration.put(file.generation(), file));
    List<TableFile> live = List.copyOf(byGeneration.values());
    return new TableStatistics(
        id,
        Arrays.stream(parts).mapToLong(LaneTable::memtableBytes).sum(),
        live.size(),
        live.stream().mapToLong(TableFile::bytes).sum(),
        live.stream().mapToLong(TableFile::bytes).max().orElse(0),
        live.stream().mapToLong(f -> f.maxTimestamp() - f.minTimestamp()).max().orElse(0),
        live.stream().mapToLong(TableFile::partitions).sum(),
        live.stream().mapToLong(TableFile::rawBytes).sum(),
        live.stream().mapToLong(TableFile::rows).sum(),
        live.stream().mapToLong(TableFile::cells).sum(),
        live.stream().mapToLong(TableFile::tombstones).sum(),
        live.stream().mapToLong(TableFile::minTimestamp).min().orElse(Long.MAX_VALUE),
        live.stream().mapToLong(TableFile::maxTimestamp).max().orElse(Long.MIN_VALUE),
        new ReplicaRequests(
            Arrays.stream(parts).mapToLong(LaneTable::reads).sum(),
            Arrays.stream(parts).mapToLong(LaneTable::scans).sum(),
            Arrays.stream(parts).mapToLong(LaneTable::writes).sum()));
  }
}
