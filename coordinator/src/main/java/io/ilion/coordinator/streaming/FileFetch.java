package io.ilion.coordinator.streaming;

import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.NodeAddress;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.PartitionCursor;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches what some replicas have of a table in some ranges by copying the blocks of their files as
 * they are stored: the sources neither merge nor encode anything. What arrives of all files of all
 * sources is merged into files of this node's, so that nothing has to be compacted afterwards. So
 * many ranges belong to one fetch as have about {@link StreamLimits#importBytes}.
 */
final class FileFetch implements RangeRun.Fetch {
  private static final Logger LOGGER = LoggerFactory.getLogger(FileFetch.class);

  /** How often a source is asked for its files. */
  private static final int ATTEMPTS = 3;

  /** Each has pieces under way. */
  private static final int MOST_FILES = 256;

  /** What the pieces of one fetch may take, in pages. */
  private static final int PAGES = 6;

  /** Of a file: two that wait, and one that is on its way. */
  private static final int PIECES = 3;

  private static final long FIRST_TOKEN = Long.MIN_VALUE;

  private final StreamHost host;
  private final StreamProgress progress;
  private final FileMessages.Files asked;
  private final List<NodeAddress> sources;
  private final FileMessages.Held[] held;
  private final CompletableFuture<Integer> done = new CompletableFuture<>();
  private final List<FilePieces> pieces = new ArrayList<>();

  // Of lane 0.
  private int answers;
  private boolean unanswered;
  private RuntimeException cancelled;

  /**
   * A fetch that has not begun.
   *
   * @param fetch of which it is a part
   * @param parts that do not wrap, ascending and disjoint
   */
  FileFetch(
      StreamHost host,
      StreamProgress progress,
      FileMessages.Fetch fetch,
      UUID table,
      List<NodeAddress> sources,
      List<TokenRange> parts) {
    this.host = host;
    this.progress = progress;
    this.sources = sources;
    asked = new FileMessages.Files(fetch, table, parts);
    held = new FileMessages.Held[sources.size()];
  }

  /**
   * {@inheritDoc}
   *
   * <p>Completes with 0 if a source cannot give its files, or they are too many: then rows have to
   * do.
   */
  @Override
  public CompletionStage<Integer> begin(int firstLane) {
    for (int i = 0; i < sources.size(); i++) {
      ask(i, firstLane, Math.min(ATTEMPTS, host.limits().attempts()));
    }
    if (sources.isEmpty()) {
      done.complete(asked.ranges().size());
    }
    return done;
  }

  /** Asks a source for its files, at most so many times. */
  private void ask(int source, int firstLane, int attempts) {
    host.messenger()
        .request(
            sources.get(source),
            Verb.STREAM_FILES,
            FIRST_TOKEN,
            asked.encode(),
            host.limits().timeoutNanos(),
            new Messenger.Answer() {
              @Override
              public void answered(NodeAddress from, ByteBuffer payload) {
                FileMessages.Held answer = null;
                try {
                  answer = FileMessages.Held.decode(payload);
                } catch (BufferUnderflowException | CorruptDataException e) {
                  LOGGER.warn("{} sent no list of files: {}", from, e.toString());
                }
                FileFetch.this.answered(source, answer, firstLane);
              }

              @Override
              public void failed(NodeAddress from, FailureReason reason) {
                if (attempts > 1 && cancelled == null) {
                  ask(source, firstLane, attempts - 1);
                } else {
                  FileFetch.this.answered(source, null, firstLane);
                }
              }
            });
  }

  private void answered(int source, FileMessages.Held answer, int firstLane) {
    held[source] = answer;
    unanswered |= answer == null;
    answers++;
    if (answers < held.length) {
      return;
    }
    try {
      int ranges = cancelled != null || unanswered ? 0 : ranges();
      if (ranges > 0) {
        copy(ranges, firstLane);
        return;
      }
      release();
      if (cancelled == null) {
        done.complete(0);
      } else {
        done.completeExceptionally(cancelled);
      }
    } catch (RuntimeException e) {
      release();
      done.completeExceptionally(e);
    }
  }

  /**
   * How many ranges have about as much as is made durable at once, at least one; 0 if even that is
   * in too many files.
   */
  private int ranges() {
    List<BitSet> files = new ArrayList<>();
    for (int i = 0; i < held.length; i++) {
      files.add(new BitSet());
    }
    long bytes = 0;
    int count = 0;
    while (count < asked.ranges().size() && (count == 0 || bytes < host.limits().importBytes())) {
      TokenRange range = asked.ranges().get(count);
      for (int i = 0; i < held.length; i++) {
        List<FileMessages.Extent> extents = held[i].files();
        for (int file = 0; file < extents.size(); file++) {
          if (extents.get(file).meets(range)) {
            files.get(i).set(file);
            bytes += extents.get(file).bytesIn(range);
          }
        }
      }
      if (files.stream().mapToInt(BitSet::cardinality).sum() > MOST_FILES) {
        break;
      }
      count++;
    }
    return count;
  }

  private void copy(int ranges, int firstLane) {
    List<TokenRange> wanted = asked.ranges().subList(0, ranges);
    long files =
        Arrays.stream(held)
            .flatMap(one -> one.files().stream())
            .filter(file -> wanted.stream().anyMatch(file::meets))
            .count();
    long pieceBytes =
        Math.max(1, (long) host.limits().pageBytes() * PAGES / (PIECES * Math.max(1, files)));
    List<PartitionCursor> cursors = new ArrayList<>();
    for (int i = 0; i < held.length; i++) {
      for (int file = 0; file < held[i].files().size(); file++) {
        if (wanted.stream().noneMatch(held[i].files().get(file)::meets)) {
          continue;
        }
        FilePieces of =
            new FilePieces(
                host.messenger(),
                host.lanes().lane((firstLane + pieces.size()) % host.lanes().laneCount()),
                host.limits(),
                sources.get(i),
                held[i].session(),
                asked.table(),
                file,
                ranges,
                (int) Math.min(pieceBytes, host.limits().pageBytes()),
                this::copied);
        pieces.add(of);
        cursors.add(host.lanes().copied(wanted, of));
      }
    }
    CompletionStage<Long> written =
        host.lanes().importRows(asked.table(), new MergeCursor(cursors, true));
    pieces.forEach(FilePieces::begin);
    written.whenComplete(
        (bytes, failure) ->
            host.lane()
                .execute(
                    () -> {
                      release();
                      if (failure == null) {
                        done.complete(ranges);
                      } else {
                        done.completeExceptionally(failure);
                      }
                    }));
  }

  private long copied(long count) {
    return progress.copied(count, host.limits().bytesPerSecond(), host.clock().nanoTime());
  }

  /** The sources need not hold their files any more. */
  private void release() {
    for (int i = 0; i < held.length; i++) {
      if (held[i] != null) {
        host.messenger()
            .send(
                sources.get(i),
                Verb.STREAM_RELEASE,
                FIRST_TOKEN,
                FileMessages.release(held[i].session()));
      }
    }
  }

  @Override
  public void cancel(RuntimeException cause) {
    cancelled = cause;
    pieces.forEach(one -> one.fail(cause));
  }
}
