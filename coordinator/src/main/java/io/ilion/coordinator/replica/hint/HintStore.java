package io.ilion.coordinator.replica.hint;

import io.ilion.coordinator.WriteCallback;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.AppendFile;
import io.ilion.runtime.Files;
import io.ilion.runtime.Lane;
import io.ilion.storage.OverloadedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hints of this node on disk: for each node that missed something some segments, numbered
 * upwards over all nodes. Hints that come together are synced together. A segment that cannot be
 * read is set aside under another name, so that it does not hold back those behind it. Work on
 * files is done by a lane of its own, which may block; any thread may call the public methods.
 */
final class HintStore {
  private static final Logger LOGGER = LoggerFactory.getLogger(HintStore.class);
  private static final long SEGMENT_BYTES = 8 << 20;
  static final int CHUNK_BYTES = 1 << 20;
  private static final long MOST_SCANNED_BYTES = 64 << 20;

  /** How often it is tried to read a segment: by who asks, that is more than a minute. */
  private static final int MOST_ATTEMPTS = 8;

  private final Files files;
  private final String directory;
  private final Lane lane;
  private final long mostQueuedBytes;
  private final ConcurrentLinkedQueue<Queued> queue = new ConcurrentLinkedQueue<>();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final AtomicBoolean draining = new AtomicBoolean();
  private final ConcurrentMap<UUID, AtomicLong> bytes = new ConcurrentHashMap<>();
  private final Map<UUID, Open> open = new HashMap<>();

  /** The segments of each node, with how many of the node's bytes are theirs. */
  private final Map<UUID, TreeMap<Long, Long>> segments = new HashMap<>();

  /** How often segments could not be read, one after the other. */
  private final Map<HintSegment.Id, Integer> failedReads = new HashMap<>();

  /** When the oldest hint of a segment was made, in milliseconds, where that is known. */
  private final Map<HintSegment.Id, Long> oldest = new HashMap<>();

  private long nextSegment;

  private record Queued(UUID node, Hint hint, WriteCallback durable) {}

  /** A segment that is being written. */
  private static final class Open {
    private final HintSegment.Id id;
    private final AppendFile file;
    private final ByteSink unwritten = new ByteSink();

    Open(HintSegment.Id id, AppendFile file) {
      this.id = id;
      this.file = file;
    }
  }

  private HintStore(Files files, String directory, Lane lane, long mostQueuedBytes) {
    this.mostQueuedBytes = mostQueuedBytes;
    this.files = files;
    this.directory = directory;
    this.lane = lane;
  }

  /**
   * Opens what is on disk; blocks for as long as it takes to list a directory.
   *
   * @param lane does the work on files
   * @param firstSegment no new segment has a lesser number
   * @param mostQueuedBytes that wait for the lane
   */
  static HintStore open(
      Files files, String directory, Lane lane, long firstSegment, long mostQueuedBytes)
      throws IOException {
    files.createDirectories(directory);
    HintStore store = new HintStore(files, directory, lane, mostQueuedBytes);
    store.nextSegment = firstSegment;
    for (String name : files.list(directory)) {
      HintSegment.Id id = HintSegment.Id.ofFileName(name);
      if (id != null) {
        store.count(id, files.size(directory + "/" + name));
      } else {
        id = HintSegment.Id.ofNameSetAside(name);
      }
      if (id != null) {
        store.nextSegment = Math.max(store.nextSegment, id.number() + 1);
      }
    }
    return store;
  }

  /** A segment has so many more bytes. */
  private void count(HintSegment.Id id, long more) {
    segments.computeIfAbsent(id.node(), n -> new TreeMap<>()).merge(id.number(), more, Long::sum);
    bytesOf(id.node()).addAndGet(more);
  }

  private AtomicLong bytesOf(UUID node) {
    return bytes.computeIfAbsent(node, n -> new AtomicLong());
  }

  /** The bytes of the hints for a node. */
  long bytes(UUID node) {
    AtomicLong found = bytes.get(node);
    return found == null ? 0 : found.get();
  }

  /** The nodes that there may be hints for. */
  List<UUID> nodes() {
    return bytes.entrySet().stream()
        .filter(e -> e.getValue().get() > 0)
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  /**
   * Keeps a hint.
   *
   * @param durable told when it is on disk; not on a lane of the caller's choice
   */
  void append(UUID node, Hint hint, WriteCallback durable) {
    long queued = queuedBytes.addAndGet(hint.bytes());
    if (queued > mostQueuedBytes && queued - hint.bytes() > mostQueuedBytes / 2) {
      queuedBytes.addAndGet(-hint.bytes());
      durable.done(new OverloadedException("too many hints wait for the disk"));
      return;
    }
    bytesOf(node).addAndGet(hint.bytes());
    queue.add(new Queued(node, hint, durable));
    if (draining.compareAndSet(false, true)) {
      lane.execute(this::drain);
    }
  }

  private void drain() {
    draining.set(false);
    List<Queued> group = new ArrayList<>();
    for (Queued next = queue.poll(); next != null; next = queue.poll()) {
      group.add(next);
    }
    Map<UUID, List<Queued>> byNode = new TreeMap<>();
    group.forEach(q -> byNode.computeIfAbsent(q.node, n -> new ArrayList<>()).add(q));
    byNode.forEach(
        (node, of) -> {
          IOException failure = write(node, of);
          queuedBytes.addAndGet(-of.stream().mapToLong(q -> q.hint.bytes()).sum());
          of.forEach(q -> q.durable.done(failure));
        });
  }

  private IOException write(UUID node, List<Queued> hints) {
    Open segment = open.get(node);
    long before = segment == null ? 0 : segment.file.size();
    IOException failure = null;
    try {
      if (segment == null) {
        segment = create(node);
      }
      for (Queued queued : hints) {
        oldest.merge(segment.id, queued.hint.createdMillis(), Math::min);
        HintSegment.append(segment.unwritten, queued.hint);
      }
      segment.file.append(ByteBuffer.wrap(segment.unwritten.array(), 0, segment.unwritten.size()));
      segment.unwritten.clear();
      segment.file.sync();
      count(segment.id, segment.file.size() - before);
      if (segment.file.size() >= SEGMENT_BYTES) {
        end(node);
      }
    } catch (IOException e) {
      LOGGER.warn("hints for {} were not kept: {}", node, e.toString());
      giveUp(node, before);
      failure = e;
    }
    // They waited until now; what was written of them counts as bytes of its segment.
    bytesOf(node).addAndGet(-hints.stream().mapToLong(queued -> queued.hint.bytes()).sum());
    return failure;
  }

  private Open create(UUID node) throws IOException {
    HintSegment.Id id = new HintSegment.Id(node, nextSegment++);
    AppendFile file = files.create(path(id));
    Open segment = new Open(id, file);
    open.put(node, segment);
    oldest.put(id, Long.MAX_VALUE);
    count(id, 0);
    file.append(HintSegment.header(node));
    files.syncDirectory(directory);
    return segment;
  }

  /** Ends a segment that could not be written; if nothing in it was promised, it goes. */
  private void giveUp(UUID node, long keptBytes) {
    Open segment = open.get(node);
    end(node);
    if (segment != null && keptBytes == 0) {
      delete(segment.id);
    }
  }

  private String path(HintSegment.Id id) {
    return directory + "/" + id.fileName();
  }

  /** Nothing more is written to the segment of a node. */
  private void end(UUID node) {
    Open segment = open.remove(node);
    if (segment != null) {
      try {
        segment.file.close();
      } catch (IOException e) {
        LOGGER.warn("{} did not close: {}", segment.id.fileName(), e.toString());
      }
    }
  }

  /**
   * Reads some hints for a node, the oldest first.
   *
   * @param from where to go on in the segment, or null for the oldest segment
   * @param mostBytes after which the part ends; one hint is read in any case
   * @param callback told of the hints and where they end, on another lane; of null if there are
   *     none, or of a failure
   */
  void read(UUID node, Place from, int mostBytes, BiConsumer<Batch, Throwable> callback) {
    lane.execute(
        () -> {
          try {
            callback.accept(read(node, from, mostBytes), null);
          } catch (IOException e) {
            callback.accept(null, e);
          }
        });
  }

  private Batch read(UUID node, Place from, int mostBytes) throws IOException {
    HintSegment.Id id;
    long offset = 0;
    if (from == null) {
      TreeMap<Long, Long> numbers = segments.get(node);
      if (numbers == null) {
        return null;
      }
      id = new HintSegment.Id(node, numbers.firstKey());
      Open current = open.get(node);
      if (current != null && current.id.equals(id)) {
        end(node);
      }
    } else {
      id = from.segment;
      offset = from.offset;
    }
    HintSegment.Chunk chunk;
    try {
      chunk = HintSegment.read(files, path(id), node, offset, mostBytes);
    } catch (IOException e) {
      // What cannot be read now may be readable later.
      if (!isKnown(id) || failedReads.merge(id, 1, Integer::sum) < MOST_ATTEMPTS) {
        throw e;
      }
      setAside(id, e);
      return read(node, null, mostBytes);
    } catch (CorruptDataException e) {
      setAside(id, e);
      return read(node, null, mostBytes);
    }
    failedReads.remove(id);
    Place next = chunk.last() ? null : new Place(id, chunk.next());
    return new Batch(id, chunk.hints(), next, chunk.lostBytes());
  }

  private boolean isKnown(HintSegment.Id id) {
    TreeMap<Long, Long> numbers = segments.get(id.node());
    return numbers != null && numbers.containsKey(id.number());
  }

  private void setAside(HintSegment.Id id, Exception cause) throws IOException {
    if (files.exists(path(id))) {
      files.rename(path(id), directory + "/" + id.nameSetAside());
    }
    forget(id);
    LOGGER.error(
        "{} cannot be read, and is {} from now on: its hints are not delivered, and a repair of {}"
            + " brings it what it misses: {}",
        path(id),
        id.nameSetAside(),
        id.node(),
        cause.toString());
    files.syncDirectory(directory);
  }

  /** Where a batch begins. */
  record Place(HintSegment.Id segment, long offset) {}

  /**
   * Some hints of one segment.
   *
   * @param next where the segment goes on, or null
   * @param lostBytes how much of this part of the segment cannot be read
   */
  record Batch(HintSegment.Id segment, List<Hint> hints, Place next, long lostBytes) {}

  /** Deletes a segment whose hints are all delivered; told when that is done. */
  void delete(HintSegment.Id id, Runnable done) {
    lane.execute(
        () -> {
          delete(id);
          done.run();
        });
  }

  /**
   * A segment that came back when the power fails would come back without the truncations that were
   * forgotten since there was none before them any more.
   */
  private void delete(HintSegment.Id id) {
    forget(id);
    try {
      files.delete(path(id));
      files.syncDirectory(directory);
    } catch (IOException e) {
      LOGGER.warn("{} was not deleted: {}", id.fileName(), e.toString());
    }
  }

  private void forget(HintSegment.Id id) {
    TreeMap<Long, Long> numbers = segments.get(id.node());
    Long counted = numbers == null ? null : numbers.remove(id.number());
    if (counted != null) {
      bytesOf(id.node()).addAndGet(-counted);
      if (numbers.isEmpty()) {
        segments.remove(id.node());
      }
    }
    oldest.remove(id);
    failedReads.remove(id);
  }

  /** Deletes all segments of a node, or of all nodes if it is null. */
  CompletableFuture<Void> drop(UUID node) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    lane.execute(
        () -> {
          drain();
          IOException failure = null;
          for (UUID of : List.copyOf(segments.keySet())) {
            if (node == null || node.equals(of)) {
              end(of);
              for (long number : List.copyOf(segments.get(of).keySet())) {
                HintSegment.Id id = new HintSegment.Id(of, number);
                try {
                  files.delete(path(id));
                  forget(id);
                } catch (IOException e) {
                  failure = e;
                }
              }
            }
          }
          try {
            files.syncDirectory(directory);
          } catch (IOException e) {
            failure = e;
          }
          if (failure == null) {
            done.complete(null);
          } else {
            done.completeExceptionally(failure);
          }
        });
    return done;
  }

  /**
   * Ends all segments: every hint that was given before is in a segment whose number is less than
   * the one that this completes with.
   */
  CompletableFuture<Long> turn() {
    CompletableFuture<Long> done = new CompletableFuture<>();
    lane.execute(
        () -> {
          drain();
          for (UUID node : List.copyOf(open.keySet())) {
            end(node);
          }
          done.complete(nextSegment);
        });
    return done;
  }

  /**
   * When the oldest hint that is not delivered was made, in milliseconds: Long.MAX_VALUE if there
   * is none, Long.MIN_VALUE if it would take too long to find out.
   */
  CompletableFuture<Long> oldestMillis() {
    CompletableFuture<Long> done = new CompletableFuture<>();
    lane.execute(
        () -> {
          drain();
          long found = Long.MAX_VALUE;
          long[] readable = {MOST_SCANNED_BYTES};
          for (Map.Entry<UUID, TreeMap<Long, Long>> of : segments.entrySet()) {
            for (long number : of.getValue().keySet()) {
              HintSegment.Id id = new HintSegment.Id(of.getKey(), number);
              found =
                  Math.min(found, oldest.computeIfAbsent(id, segment -> scan(segment, readable)));
            }
          }
          oldest.values().removeIf(millis -> millis == Long.MIN_VALUE);
          done.complete(found);
        });
    return done;
  }

  /** The oldest hint of a segment of an earlier run; Long.MIN_VALUE if it is not to be read now. */
  private long scan(HintSegment.Id id, long[] readable) {
    long found = Long.MAX_VALUE;
    try {
      readable[0] -= files.size(path(id));
      if (readable[0] < 0) {
        return Long.MIN_VALUE;
      }
      HintSegment.Chunk chunk = HintSegment.read(files, path(id), id.node(), 0, CHUNK_BYTES);
      while (true) {
        for (Hint hint : chunk.hints()) {
          found = Math.min(found, hint.createdMillis());
        }
        if (chunk.last()) {
          return found;
        }
        chunk = HintSegment.read(files, path(id), id.node(), chunk.next(), CHUNK_BYTES);
      }
    } catch (IOException | CorruptDataException e) {
      LOGGER.warn("{} cannot be read: {}", id.fileName(), e.toString());
      return Long.MIN_VALUE;
    }
  }

  /** Runs a task that may block behind those that are given. */
  void execute(Runnable task) {
    lane.execute(task);
  }

  /** The least number of a segment that there is. */
  long firstSegment() {
    long first = nextSegment;
    for (TreeMap<Long, Long> numbers : segments.values()) {
      first = Math.min(first, numbers.firstKey());
    }
    return first;
  }
}
