package io.ilion.storage;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowMerger;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.RowWriter;
import java.util.Arrays;

/**
 * Merges the rows and markers of one partition from several sources. Each source says by its
 * markers which deletion it has open; the newest of them, unless the partition's is newer still, is
 * open in the merge. The number of sources is small, so that the next entry is found by looking at
 * all of them; but rows that are neighbours often stand in one source, so the one that had the last
 * row is first compared with the one that would have been next.
 */
final class MergeRowCursor extends EntryCursor {
  private final RowCursor[] sources;
  private final Step[] heads;
  private final boolean[] wanted;
  private final Deletion[] open;

  /** Made when two images meet for the first time: most reads of one row never need them. */
  private RowMerger merger;

  private RowWriter out;
  private RowReader[] readers;
  private RowReader[] merging;
  private int count;
  private boolean reversed;
  private boolean markers;
  private Deletion partitionDeletion = Deletion.NONE;
  private Deletion current = Deletion.NONE;
  private RowCursor blocked;

  /** The source that alone had the last entry, a row; -1 if there is none. */
  private int leader;

  /** Which source came next when that one was found; -1 if no other had anything left. */
  private int rival;

  MergeRowCursor(int capacity) {
    sources = new RowCursor[capacity];
    heads = new Step[capacity];
    wanted = new boolean[capacity];
    open = new Deletion[capacity];
  }

  void begin(Deletion deletion, boolean isReversed, boolean withMarkers) {
    count = 0;
    leader = -1;
    reversed = isReversed;
    markers = withMarkers;
    partitionDeletion = deletion;
    current = Deletion.NONE;
  }

  void add(RowCursor source) {
    sources[count] = source;
    heads[count] = null;
    wanted[count] = true;
    open[count] = Deletion.NONE;
    count++;
  }

  @Override
  public Step next() {
    return count == 1 ? nextOfOne() : nextOfSome();
  }

  /** As below; most partitions are in one place. */
  private Step nextOfOne() {
    RowCursor source = sources[0];
    while (true) {
      Step step = source.next();
      switch (step) {
        case BLOCKED -> {
          blocked = source;
          return Step.BLOCKED;
        }
        case END -> {
          return Step.END;
        }
        case ROW -> {
          take(source, step);
          if (isWhole() || merge()) {
            return Step.ROW;
          }
        }
        case MARKER -> {
          take(source, step);
          heads[0] = step;
          if (mergeMarkers(0)) {
            return Step.MARKER;
          }
        }
      }
    }
  }

  private Step nextOfSome() {
    while (true) {
      for (int i = 0; i < count; i++) {
        if (wanted[i]) {
          Step step = sources[i].next();
          if (step == Step.BLOCKED) {
            blocked = sources[i];
            return Step.BLOCKED;
          }
          heads[i] = step;
          wanted[i] = false;
        }
      }
      int first = isAhead() ? leader : first();
      if (first < 0) {
        return Step.END;
      }
      take(sources[first], heads[first]);
      if (heads[first] == Step.MARKER) {
        leader = -1;
        if (mergeMarkers(first)) {
          return Step.MARKER;
        }
      } else if (mergeRows(first)) {
        return Step.ROW;
      }
    }
  }

  /** Whether the source of the last row has another one before those of all others. */
  private boolean isAhead() {
    if (leader < 0 || heads[leader] != Step.ROW) {
      return false;
    }
    if (rival < 0) {
      return true;
    }
    int order = compareKeys(sources[leader], sources[rival]);
    return reversed ? order > 0 : order < 0;
  }

  /** Looks at all heads: which is first, or -1 if none is left. Finds the rival, too. */
  private int first() {
    int first = -1;
    leader = -1;
    rival = -1;
    for (int i = 0; i < count; i++) {
      if (heads[i] == Step.END) {
        continue;
      }
      if (first < 0 || isBefore(i, first)) {
        rival = first;
        first = i;
      } else if (rival < 0 || isBefore(i, rival)) {
        rival = i;
      }
    }
    return first;
  }

  /** Whether nothing deletes anything of the row that was taken. */
  private boolean isWhole() {
    return partitionDeletion.timestamp() == Long.MIN_VALUE
        && current.timestamp() == Long.MIN_VALUE
        && !RowReader.hasDeletion(imageArray, imageOffset);
  }

  /** Whether the head of source i comes before that of source j. */
  private boolean isBefore(int i, int j) {
    int order = compareKeys(sources[i], sources[j]);
    if (order != 0) {
      return reversed ? order > 0 : order < 0;
    }
    return heads[i] != heads[j] && heads[i] == (reversed ? Step.ROW : Step.MARKER);
  }

  private static int compareKeys(RowCursor a, RowCursor b) {
    return Arrays.compareUnsigned(
        a.keyArray(),
        a.keyOffset(),
        a.keyOffset() + a.keyLength(),
        b.keyArray(),
        b.keyOffset(),
        b.keyOffset() + b.keyLength());
  }

  private boolean isSame(int i, int first) {
    return i == first || (heads[i] == heads[first] && compareKeys(sources[i], sources[first]) == 0);
  }

  /** Whether no other source has the row. */
  private boolean isAlone(int first) {
    return first == leader || rival < 0 || !isSame(rival, first);
  }

  /** Takes the markers at the position of one; true if they change what is open and are wanted. */
  private boolean mergeMarkers(int first) {
    for (int i = 0; i < count; i++) {
      if (isSame(i, first)) {
        open[i] = reversed ? sources[i].before() : sources[i].after();
        wanted[i] = true;
      }
    }
    Deletion newest = Deletion.NONE;
    for (int i = 0; i < count; i++) {
      newest = Deletion.max(newest, open[i]);
    }
    if (newest.timestamp() <= partitionDeletion.timestamp()) {
      newest = Deletion.NONE;
    }
    if (newest.equals(current)) {
      return false;
    }
    before = reversed ? newest : current;
    after = reversed ? current : newest;
    current = newest;
    return markers;
  }

  /** Merges the rows of one key; false if nothing of them remains. */
  private boolean mergeRows(int first) {
    if (isAlone(first)) {
      leader = first;
      wanted[first] = true;
      return isWhole() || merge();
    }
    for (int i = 0; i < count; i++) {
      wanted[i] = i == rival || isSame(i, first);
    }
    return isWhole() && areEqual(first) || merge();
  }

  /** Merges the rows of the sources that are wanted next; false if nothing of them remains. */
  private boolean merge() {
    if (merger == null) {
      merger = new RowMerger();
      out = new RowWriter();
      readers = new RowReader[sources.length];
      merging = new RowReader[sources.length];
    }
    int n = 0;
    for (int i = 0; i < count; i++) {
      // A wanted source is one whose row was counted above.
      if (wanted[i]) {
        RowCursor s = sources[i];
        if (readers[i] == null) {
          readers[i] = new RowReader();
        }
        merging[n++] = readers[i].wrap(s.imageArray(), s.imageOffset(), s.imageLength());
      }
    }
    long covering = Math.max(partitionDeletion.timestamp(), current.timestamp());
    boolean remains = merger.merge(merging, n, covering, out);
    imageArray = out.array();
    imageOffset = 0;
    imageLength = out.size();
    return remains;
  }

  /** Whether all rows of the key have the same image, as those of replicas mostly do. */
  private boolean areEqual(int first) {
    for (int i = 0; i < count; i++) {
      if (wanted[i] && i != first) {
        RowCursor s = sources[i];
        int from = s.imageOffset();
        if (!Arrays.equals(
            imageArray,
            imageOffset,
            imageOffset + imageLength,
            s.imageArray(),
            from,
            from + s.imageLength())) {
          return false;
        }
      }
    }
    return true;
  }

  @Override
  public void awaitBlock(Runnable resume) {
    blocked.awaitBlock(resume);
  }
}
