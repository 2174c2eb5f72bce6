package io.ilion.coordinator.replica.read;

import io.ilion.coordinator.replica.read.AnswerPartition.Range;
import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/**
 * Merges the answers of several replicas to one command, and says what each of them lacks.
 *
 * <p>Replicas that differ reach their limits at different places, and what lies behind the end of
 * any of them is unknown there: it may be deleted, or newer. So the merged answer ends at the
 * nearest of their ends, of the whole and of each partition, and whoever wants more asks on behind
 * it.
 */
final class AnswerMerger {
  private final ReplicaRead read;
  private final List<ReplicaAnswer> answers;
  private final int[] next;
  private final AnswerWriter merged;
  private final UpdateWriter repair = new UpdateWriter();
  private final List<List<Update>> repairs = new ArrayList<>();

  /** What a replica lacks of a partition. */
  record Update(long token, byte[] bytes) {}

  /**
   * What came of it.
   *
   * @param answer as of one replica that has all that the others have
   * @param repairs for each of the answers, in their order, what would make it the same
   */
  record Result(ReplicaAnswer answer, List<List<Update>> repairs) {}

  private AnswerMerger(ReplicaRead read, List<ReplicaAnswer> answers) {
    this.read = read;
    this.answers = answers;
    next = new int[answers.size()];
    merged = AnswerWriter.unlimited(read);
    answers.forEach(a -> repairs.add(new ArrayList<>()));
  }

  static Result merge(ReplicaRead read, List<ReplicaAnswer> answers) {
    return new AnswerMerger(read, answers).merge();
  }

  /** What would make a replica that has nothing have all of an answer. */
  static List<Update> all(ReplicaRead read, ReplicaAnswer answer) {
    AnswerMerger merger = new AnswerMerger(read, List.of(answer));
    for (AnswerPartition whole : answer.partitions()) {
      merger.repair(whole, new AnswerPartition[1]);
    }
    return merger.repairs.getFirst();
  }

  private Result merge() {
    AnswerPartition end = null;
    for (ReplicaAnswer answer : answers) {
      if (answer.isStopped() && (end == null || answer.last().compareTo(end) < 0)) {
        end = answer.last();
      }
    }
    List<AnswerPartition[]> sources = new ArrayList<>();
    while (true) {
      AnswerPartition first = first();
      if (first == null || (end != null && first.compareTo(end) > 0)) {
        break;
      }
      sources.add(take(first));
    }
    ReplicaAnswer answer =
        ReplicaAnswer.decode(ByteBuffer.wrap(merged.toByteArray(end != null)), read);
    for (int i = 0; i < sources.size(); i++) {
      repair(answer.partitions().get(i), sources.get(i));
    }
    return new Result(answer, repairs);
  }

  private AnswerPartition first() {
    AnswerPartition first = null;
    for (int i = 0; i < next.length; i++) {
      AnswerPartition head = head(i);
      if (head != null && (first == null || head.compareTo(first) < 0)) {
        first = head;
      }
    }
    return first;
  }

  private AnswerPartition head(int source) {
    List<AnswerPartition> partitions = answers.get(source).partitions();
    return next[source] < partitions.size() ? partitions.get(next[source]) : null;
  }

  /** Merges a partition; returns what each source has of it up to the bound, or null. */
  private AnswerPartition[] take(AnswerPartition first) {
    AnswerPartition[] sources = new AnswerPartition[next.length];
    byte[] bound = null;
    for (int i = 0; i < sources.length; i++) {
      AnswerPartition head = head(i);
      if (head != null && head.compareTo(first) == 0) {
        sources[i] = head;
        next[i]++;
        bound = AnswerPartition.nearer(bound, head.bound, read.command().reversed());
      }
    }
    List<PartitionCursor> cursors = new ArrayList<>();
    for (int i = 0; i < sources.length; i++) {
      if (sources[i] != null) {
        sources[i] = sources[i].upTo(bound);
        cursors.add(new One(sources[i]));
      }
    }
    MergeCursor cursor = new MergeCursor(cursors, true);
    PartitionCursor.Step unusedStep = cursor.next();
    boolean wanted = merged.partition(first.token, first.key, cursor.partitionDeletion());
    byte[] staticRow = cursor.staticRow();
    wanted &= staticRow == null || merged.staticRow(new RowReader().wrap(staticRow));
    wanted &= PartitionFeed.give(cursor.rows(Slices.ALL, read.command().reversed()), merged);
    if (!wanted) {
      throw new IllegalStateException("an answer without limits wants all");
    }
    if (bound != null) {
      merged.cut(bound);
    }
    boolean unused = merged.endOfPartition();
    return sources;
  }

  private void repair(AnswerPartition whole, AnswerPartition[] sources) {
    UUID table = read.command().tableId();
    for (int i = 0; i < sources.length; i++) {
      repair.begin(table, whole.key);
      if (sources[i] == null) {
        lack(whole);
      } else {
        lack(whole, sources[i]);
      }
      if (!repair.isEmpty()) {
        repairs.get(i).add(new Update(whole.token, repair.toByteArray()));
      }
    }
  }

  /** Writes all of a partition. */
  private void lack(AnswerPartition whole) {
    lackHead(whole, Deletion.NONE, null);
    for (int row = whole.firstRow(); row < whole.endRow(); row++) {
      lackRow(whole, row);
    }
    for (Range range : whole.ranges) {
      lackRange(range.start(), range.end(), range.deletion());
    }
  }

  /** Writes what a source lacks of a partition; rows come whole. */
  private void lack(AnswerPartition whole, AnswerPartition source) {
    lackHead(whole, source.deletion, source.staticRow);
    int itsRow = source.firstRow();
    for (int row = whole.firstRow(); row < whole.endRow(); row++) {
      while (itsRow < source.endRow() && source.compareKeys(itsRow, whole, row) < 0) {
        itsRow++;
      }
      boolean same =
          itsRow < source.endRow()
              && source.compareKeys(itsRow, whole, row) == 0
              && source.isSameImage(itsRow, whole, row);
      if (!same) {
        lackRow(whole, row);
      }
    }
    int itsRange = 0;
    for (Range range : whole.ranges) {
      while (itsRange < source.ranges.size()
          && Arrays.compareUnsigned(source.ranges.get(itsRange).end(), range.start()) <= 0) {
        itsRange++;
      }
      byte[] from = range.start();
      for (int i = itsRange; i < source.ranges.size(); i++) {
        Range its = source.ranges.get(i);
        if (Arrays.compareUnsigned(its.start(), range.end()) >= 0) {
          break;
        }
        if (its.deletion().equals(range.deletion())) {
          lackRange(from, its.start(), range.deletion());
          from = its.end();
        }
      }
      lackRange(from, range.end(), range.deletion());
    }
  }

  private void lackHead(AnswerPartition whole, Deletion itsDeletion, byte[] itsStaticRow) {
    if (!whole.deletion.equals(itsDeletion)) {
      repair.partitionDeletion(whole.deletion.timestamp(), whole.deletion.localSeconds());
    }
    if (whole.staticRow != null && !Arrays.equals(whole.staticRow, itsStaticRow)) {
      repair.staticRow(whole.staticRow, 0, whole.staticRow.length);
    }
  }

  private void lackRow(AnswerPartition whole, int row) {
    repair.row(
        whole.array,
        whole.keyOffset(row),
        whole.keyLength(row),
        whole.array,
        whole.imageOffset(row),
        whole.imageLength(row));
  }

  private void lackRange(byte[] start, byte[] end, Deletion deletion) {
    if (Arrays.compareUnsigned(start, end) < 0) {
      repair.rangeDeletion(start, end, deletion.timestamp(), deletion.localSeconds());
    }
  }

  /** One partition as a source of a merge. */
  private static final class One implements PartitionCursor {
    private final AnswerPartition partition;
    private boolean begun;

    One(AnswerPartition partition) {
      this.partition = partition;
    }

    @Override
    public Step next() {
      boolean first = !begun;
      begun = true;
      return first ? Step.PARTITION : Step.END;
    }

    @Override
    public void awaitBlock(Runnable resume) {
      throw new IllegalStateException("never blocked");
    }

    @Override
    public long token() {
      return partition.token;
    }

    @Override
    public byte[] partitionKey() {
      return partition.key;
    }

    @Override
    public Deletion partitionDeletion() {
      return partition.deletion;
    }

    @Override
    public byte[] staticRow() {
      return partition.staticRow;
    }

    @Override
    public RowCursor rows(Slices slices, boolean reversed) {
      return partition.cursor();
    }

    @Override
    public void close() {}
  }
}
