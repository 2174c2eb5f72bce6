package io.ilion.coordinator.paxos;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.RowWriter;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.ClusteringCodec;
import io.ilion.model.type.NativeType;
import io.ilion.runtime.Clock;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.RowSink;
import io.ilion.storage.Slices;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Keeps states in {@code system.paxos}, whose partition key is that of the user's partition: so one
 * lane owns both, and a stream of a token range takes both along. The columns {@code
 * in_progress_ballot}, {@code proposal} and {@code most_recent_commit} say everything; the others,
 * which Cassandra has, stay empty.
 *
 * <p>Each cell has the time of its ballot as timestamp, so two states of one partition merge like
 * any rows: the later promise, the later accepted proposal, the later commit remain, whatever the
 * order in which they are written, and an accepted proposal goes with the commit of its ballot.
 */
public final class PaxosTable implements PaxosStates {
  private final LaneAccess lanes;
  private final TableDefinition table;
  private final Clock clock;
  private final ClusteringCodec clustering =
      new ClusteringCodec(List.of(NativeType.UUID), List.of(false));
  private final int promised;
  private final int accepted;
  private final int committed;
  private final int[] columns;

  /** States in a table of the definition of {@code system.paxos}. */
  public PaxosTable(LaneAccess lanes, TableDefinition table, Clock clock) {
    this.lanes = lanes;
    this.table = table;
    this.clock = clock;
    promised = table.column("in_progress_ballot").id();
    accepted = table.column("proposal").id();
    committed = table.column("most_recent_commit").id();
    columns = new int[] {promised, accepted, committed};
    Arrays.sort(columns);
  }

  private byte[] row(PaxosKey key) {
    return clustering.encode(List.of(NativeType.UUID.encode(key.table())));
  }

  @Override
  public void read(PaxosKey key, Callback callback) {
    lanes
        .store(lanes.laneOf(key.token()))
        .read(
            ReadCommand.row(table.id(), key.bytes(), key.token(), Slices.row(row(key)), columns),
            new Sink(callback));
  }

  @Override
  public boolean promise(PaxosKey key, Ballot ballot, WriteCallback done) {
    UpdateWriter update = new UpdateWriter().begin(table.id(), key.bytes());
    byte[] value = NativeType.TIMEUUID.encode(ballot.toUuid());
    update.rowWriter().cell(promised, null, ballot.micros(), 0, 0, value);
    return apply(key, update, done);
  }

  @Override
  public boolean accept(PaxosKey key, Proposal proposal, WriteCallback done) {
    UpdateWriter update = new UpdateWriter().begin(table.id(), key.bytes());
    update
        .rowWriter()
        .cell(accepted, null, proposal.ballot().micros(), 0, 0, proposal.toByteArray());
    return apply(key, update, done);
  }

  @Override
  public boolean commit(PaxosKey key, Proposal proposal, WriteCallback done) {
    UpdateWriter update = new UpdateWriter().begin(table.id(), key.bytes());
    RowWriter row = update.rowWriter();
    long timestamp = proposal.ballot().micros();
    // Of equal timestamps a deletion wins, so what was accepted under this ballot goes.
    if (accepted < committed) {
      row.tombstone(accepted, null, timestamp, clock.wallSeconds());
    }
    row.cell(committed, null, timestamp, 0, 0, proposal.toByteArray());
    if (accepted > committed) {
      row.tombstone(accepted, null, timestamp, clock.wallSeconds());
    }
    return apply(key, update, done);
  }

  private boolean apply(PaxosKey key, UpdateWriter update, WriteCallback done) {
    return lanes
        .store(lanes.laneOf(key.token()))
        .apply(key.token(), update.row(row(key)).toByteArray(), done::done);
  }

  /** Takes the one row. */
  private final class Sink implements RowSink {
    private final Callback callback;
    private PaxosState state = PaxosState.NEW;

    Sink(Callback callback) {
      this.callback = callback;
    }

    @Override
    public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
      Ballot ballot = Ballot.NONE;
      Proposal proposal = Proposal.NONE;
      Proposal commit = Proposal.NONE;
      while (row.nextCell()) {
        if (!row.isTombstone()) {
          ByteBuffer value = ByteBuffer.wrap(row.value());
          if (row.column() == promised) {
            ballot = Ballot.read(value);
          } else if (row.column() == accepted) {
            proposal = Proposal.read(value);
          } else if (row.column() == committed) {
            commit = Proposal.read(value);
          }
        }
      }
      state = new PaxosState(ballot, proposal, commit);
      return true;
    }

    @Override
    public void finished() {
      callback.done(state, null);
    }

    @Override
    public void failed(Throwable cause) {
      callback.done(null, cause);
    }
  }
}
