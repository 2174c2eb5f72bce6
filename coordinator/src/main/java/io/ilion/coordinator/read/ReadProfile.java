package io.ilion.coordinator.read;

import io.ilion.coordinator.replica.read.ReadObserver;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.runtime.Clock;
import io.ilion.storage.LaneStore;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadForecast;
import io.ilion.storage.RowSink;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Notes what happens while one page is read, for whoever asked for it. Any thread may note. */
public final class ReadProfile implements ReadObserver {
  private final Clock clock;
  private final long nowSeconds;
  private final long startedNanos;
  private final Map<UUID, Replica> replicas = new LinkedHashMap<>();
  private Found found = Found.NOTHING;
  private ReadForecast sources = ReadForecast.NOTHING;
  private int mostFiles;
  private int localReads;
  private long localNanos;
  private int mismatches;
  private int speculations;
  private long passedOn = -1;

  /**
   * What was met.
   *
   * @param rows that were live
   * @param deadRows of which nothing was live
   * @param deletions deleted and expired cells, deleted rows, and ends of deleted ranges
   */
  record Found(long partitions, long rows, long deadRows, long deletions) {
    static final Found NOTHING = new Found(0, 0, 0, 0);

    Found plus(Found other) {
      return new Found(
          partitions + other.partitions,
          rows + other.rows,
          deadRows + other.deadRows,
          deletions + other.deletions);
    }
  }

  /**
   * What one replica did.
   *
   * @param data how often it gave data
   * @param digests how often it gave a digest
   * @param nanos how long all of its answers took together, as seen here
   * @param longestNanos the longest of them
   * @param looked what it looked into for all of them; null if it did not say
   * @param failures what went wrong
   */
  record Replica(
      NodeInfo node,
      int data,
      int digests,
      long nanos,
      long longestNanos,
      long bytes,
      ReadForecast looked,
      List<FailureReason> failures) {

    private Replica plus(
        boolean digest, long moreNanos, int moreBytes, ReadForecast more, FailureReason failure) {
      List<FailureReason> all = new ArrayList<>(failures);
      boolean failed = failure != null;
      if (failed && !all.contains(failure)) {
        all.add(failure);
      }
      return new Replica(
          node,
          data + (failed || digest ? 0 : 1),
          digests + (!failed && digest ? 1 : 0),
          nanos + moreNanos,
          Math.max(longestNanos, moreNanos),
          bytes + moreBytes,
          looked == null ? more : more == null ? looked : looked.plus(more),
          List.copyOf(all));
    }
  }

  /**
   * Begins now.
   *
   * @param nowSeconds decides what has expired
   */
  public ReadProfile(Clock clock, long nowSeconds) {
    this.clock = clock;
    this.nowSeconds = nowSeconds;
    this.startedNanos = clock.nanoTime();
  }

  /** Reads on the caller's lane; noted unless the profile is null. */
  static void read(ReadProfile profile, LaneStore store, ReadCommand command, RowSink sink) {
    if (profile == null) {
      store.read(command, sink);
    } else {
      ReadForecast known = store.forecast(command);
      store.read(command, profile.new Sink(sink, known == null ? ReadForecast.NOTHING : known));
    }
  }

  /** The same sink; what replicas give it is noted unless the profile is null. */
  static RowSink watched(ReadProfile profile, RowSink sink) {
    return profile == null ? sink : profile.new Sink(sink, null);
  }

  /** The same source, whose rows are counted. */
  RowSource watched(RowSource source) {
    passedOn = 0;
    return new RowSource() {
      @Override
      public void next(int wanted, Callback callback) {
        source.next(
            wanted,
            new Callback() {
              @Override
              public void rows(List<SourceRow> rows, boolean exhausted) {
                passedOn(rows.size());
                callback.rows(rows, exhausted);
              }

              @Override
              public void failed(Throwable cause) {
                callback.failed(cause);
              }
            });
      }

      @Override
      public void end() {
        source.end();
      }
    };
  }

  private synchronized void passedOn(int rows) {
    passedOn += rows;
  }

  private synchronized void found(Found more) {
    found = found.plus(more);
  }

  private synchronized void readHere(ReadForecast looked, long nanos) {
    mostFiles = Math.max(mostFiles, looked.files());
    sources = sources.plus(looked);
    localReads++;
    localNanos += nanos;
  }

  @Override
  public synchronized void answered(
      NodeInfo node, boolean digest, long nanos, int bytes, ReadForecast looked) {
    mostFiles = looked == null ? mostFiles : Math.max(mostFiles, looked.files());
    replica(node, digest, nanos, bytes, looked, null);
  }

  @Override
  public synchronized void failed(NodeInfo node, boolean digest, long nanos, FailureReason reason) {
    replica(node, digest, nanos, 0, null, reason);
  }

  private void replica(
      NodeInfo node,
      boolean digest,
      long nanos,
      int bytes,
      ReadForecast looked,
      FailureReason failure) {
    Replica before = replicas.get(node.hostId());
    Replica known = before == null ? new Replica(node, 0, 0, 0, 0, 0, null, List.of()) : before;
    replicas.put(node.hostId(), known.plus(digest, nanos, bytes, looked, failure));
  }

  @Override
  public synchronized void mismatched() {
    mismatches++;
  }

  @Override
  public synchronized void speculated() {
    speculations++;
  }

  /** What was met, here or in the answers of replicas. */
  synchronized Found found() {
    return found;
  }

  /** What the reads of this node's own storage looked into, one after the other. */
  synchronized ReadForecast sources() {
    return sources;
  }

  /** The most files that one read looked into, here or on a replica. */
  synchronized int mostFiles() {
    return mostFiles;
  }

  /** How often this node's own storage was read, by no message. */
  synchronized int localReads() {
    return localReads;
  }

  /** How long these reads took together. */
  synchronized long localNanos() {
    return localNanos;
  }

  /** What replicas did, in the order in which they were first heard of. */
  synchronized List<Replica> replicas() {
    return List.copyOf(replicas.values());
  }

  /** How often replicas had not the same. */
  synchronized int mismatches() {
    return mismatches;
  }

  /** How often one more replica was asked because another took long. */
  synchronized int speculations() {
    return speculations;
  }

  /** How many rows remained behind the filter. */
  synchronized long passedOn() {
    return passedOn < 0 ? found.rows() : passedOn;
  }

  /** The time since it began. */
  long elapsedNanos() {
    return clock.nanoTime() - startedNanos;
  }

  /** Counts what goes by, and gives it on. */
  private final class Sink extends CountingSink {
    private final ReadForecast looked;
    private final long begun = clock.nanoTime();

    /** Counts; {@code looked} is null if replicas are asked. */
    Sink(RowSink sink, ReadForecast looked) {
      super(sink, nowSeconds);
      this.looked = looked;
    }

    @Override
    void ended() {
      found(new Found(partitions(), rows(), deadRows(), deletions()));
      if (looked != null) {
        readHere(looked, clock.nanoTime() - begun);
      }
    }
  }
}
