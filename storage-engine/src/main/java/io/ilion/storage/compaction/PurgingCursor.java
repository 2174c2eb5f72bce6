package io.ilion.storage.compaction;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.RowWriter;
import io.ilion.storage.ForwardingPartitionCursor;
import io.ilion.storage.ForwardingRowCursor;
import io.ilion.storage.NeedlessCells;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.PurgeHorizon;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;

/**
 * Leaves out what has been deleted or expired for longer than gc_grace_seconds. A deletion is only
 * left out if nothing older than it can be anywhere else, since it would come back: its timestamp
 * has to be less than that of anything outside the compaction. And it has to be known to be
 * everywhere, since what it deleted may live on another replica. Cells that nobody needs are left
 * out, whatever else there is.
 */
public final class PurgingCursor extends ForwardingPartitionCursor {
  private final long purgeBeforeSeconds;
  private final PurgeLimits limits;
  private final PurgeHorizon horizon;
  private final NeedlessCells needless;
  private final RowReader reader = new RowReader();
  private final Rows rows = new Rows();

  /** Made when something is purged for the first time: most reads never need it. */
  private RowWriter writer;

  private long purgeBeforeTimestamp = Long.MIN_VALUE;

  /** Earlier cells of this row are needless. */
  private long needlessBefore = Long.MIN_VALUE;

  /** That of all partitions, or an earlier one of this. */
  private long purgeBefore = Long.MIN_VALUE;

  /**
   * Purges a merged source.
   *
   * @param purgeBeforeSeconds deletions of this second or later stay
   * @param limits which timestamps stay
   * @param horizon which deletions are everywhere
   * @param needless which cells nobody needs; null for none
   */
  public PurgingCursor(
      PartitionCursor source,
      long purgeBeforeSeconds,
      PurgeLimits limits,
      PurgeHorizon horizon,
      NeedlessCells needless) {
    super(source);
    this.needless = needless;
    this.purgeBeforeSeconds = purgeBeforeSeconds;
    this.limits = limits;
    this.horizon = horizon;
  }

  private boolean isPurgeable(long timestamp, long seconds) {
    return timestamp < purgeBeforeTimestamp && seconds < purgeBefore;
  }

  private Deletion purged(Deletion deletion) {
    return isPurgeable(deletion.timestamp(), deletion.localSeconds()) ? Deletion.NONE : deletion;
  }

  /** Whether anything of the image the reader is on may go. */
  private boolean hasPurgeable() {
    if (reader.hasDeletion()
        && isPurgeable(reader.deletionTimestamp(), reader.deletionLocalSeconds())) {
      return true;
    }
    if (reader.livenessTtl() != 0
        && isPurgeable(reader.livenessTimestamp(), reader.livenessExpiresAt())) {
      return true;
    }
    while (reader.nextCell()) {
      if (isCellPurgeable()) {
        return true;
      }
    }
    return false;
  }

  private boolean isCellPurgeable() {
    if (reader.timestamp() < needlessBefore) {
      return true;
    }
    if (reader.isTombstone() || reader.isColumnDeletion()) {
      return isPurgeable(reader.timestamp(), reader.localDeletionSeconds());
    }
    return reader.isExpiring() && isPurgeable(reader.timestamp(), reader.expiresAt());
  }

  /** Writes what remains of the image the reader is on; false if nothing does. */
  private boolean purge() {
    if (writer == null) {
      writer = new RowWriter();
    }
    writer.reset();
    if (reader.hasLiveness()
        && (reader.livenessTtl() == 0
            || !isPurgeable(reader.livenessTimestamp(), reader.livenessExpiresAt()))) {
      writer.liveness(reader.livenessTimestamp(), reader.livenessTtl(), reader.livenessExpiresAt());
    }
    if (reader.hasDeletion()
        && !isPurgeable(reader.deletionTimestamp(), reader.deletionLocalSeconds())) {
      writer.deletion(reader.deletionTimestamp(), reader.deletionLocalSeconds());
    }
    reader.rewind();
    while (reader.nextCell()) {
      if (!isCellPurgeable()) {
        writer.copy(reader);
      }
    }
    return !writer.isEmpty();
  }

  @Override
  public Step next() {
    Step step = source.next();
    if (step == Step.PARTITION) {
      purgeBeforeTimestamp = limits.before(source.token());
      purgeBefore = Math.min(purgeBeforeSeconds, horizon.before(source.token()));
    }
    return step;
  }

  @Override
  public Deletion partitionDeletion() {
    return purged(source.partitionDeletion());
  }

  @Override
  public byte[] staticRow() {
    byte[] image = source.staticRow();
    if (image == null) {
      return null;
    }
    needlessBefore = Long.MIN_VALUE;
    reader.wrap(image);
    if (!hasPurgeable()) {
      return image;
    }
    return purge() ? writer.toByteArray() : null;
  }

  @Override
  public RowCursor rows(Slices slices, boolean reversed) {
    return rows.begin(source.rows(slices, reversed));
  }

  private final class Rows extends ForwardingRowCursor {
    private boolean rewritten;
    private Deletion before = Deletion.NONE;
    private Deletion after = Deletion.NONE;

    @Override
    public RowCursor begin(RowCursor source) {
      rewritten = false;
      return super.begin(source);
    }

    @Override
    public Step next() {
      while (true) {
        Step step = rows.next();
        if (step == Step.MARKER) {
          before = purged(rows.before());
          after = purged(rows.after());
          if (before.equals(after)) {
            continue;
          }
        } else if (step == Step.ROW) {
          if (needless != null) {
            needlessBefore =
                needless.before(
                    PurgingCursor.this.source.token(),
                    rows.keyArray(),
                    rows.keyOffset(),
                    rows.keyLength());
          }
          reader.wrap(rows.imageArray(), rows.imageOffset(), rows.imageLength());
          rewritten = hasPurgeable();
          if (rewritten && !purge()) {
            continue;
          }
        }
        return step;
      }
    }

    @Override
    public byte[] imageArray() {
      return rewritten ? writer.array() : rows.imageArray();
    }

    @Override
    public int imageOffset() {
      return rewritten ? 0 : rows.imageOffset();
    }

    @Override
    public int imageLength() {
      return rewritten ? writer.size() : rows.imageLength();
    }

    @Override
    public Deletion before() {
      return before;
    }

    @Override
    public Deletion after() {
      return after;
    }
  }
}
