package io.ilion.coordinator.paxos;

import io.ilion.coordinator.replica.read.RangePages;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.ClusteringCodec;
import io.ilion.model.type.NativeType;
import io.ilion.storage.Slices;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/**
 * The states of partitions as rows, for those who take them over from other replicas: merged like
 * any rows they say the latest that each of the others said.
 */
public final class PaxosRows {
  private final TableDefinition table;
  private final FinishedAgreements finished;
  private final int committed;
  private final ClusteringCodec clustering =
      new ClusteringCodec(List.of(NativeType.UUID), List.of(false));

  /**
   * The rows of {@code system.paxos}.
   *
   * @param finished what is on all replicas of those who have it
   */
  public PaxosRows(TableDefinition table, FinishedAgreements finished) {
    this.finished = finished;
    this.table = table;
    committed = table.column("most_recent_commit").id();
  }

  /** The id of the table. */
  public UUID table() {
    return table.id();
  }

  /** The rows of the partitions of some tables. */
  public Slices slices(List<TableDefinition> tables) {
    List<byte[]> keys = new ArrayList<>(tables.size());
    for (TableDefinition user : tables) {
      keys.add(clustering.encode(List.of(NativeType.UUID.encode(user.id()))));
    }
    keys.sort(Arrays::compareUnsigned);
    return new Slices(keys.stream().map(Slices.Interval::row).toList());
  }

  /**
   * Adds the updates that the states say are committed: whoever says so has to have them. They come
   * first. Those that are finished come with the rows, if nothing has deleted them since.
   */
  public List<RangePages.Update> withCommitted(List<RangePages.Update> states) {
    List<RangePages.Update> all = new ArrayList<>();
    for (RangePages.Update state : states) {
      UpdateReader update = new UpdateReader().wrap(state.bytes());
      while (update.nextEntry()) {
        if (update.isRow()) {
          byte[] id = clustering.decode(update.array(), update.keyOffset(), update.keyLength())[0];
          long finishedMicros =
              finished.beforeMicros((UUID) NativeType.UUID.decode(id), state.token());
          RowReader row =
              new RowReader().wrap(update.array(), update.imageOffset(), update.imageLength());
          while (row.nextCell()) {
            if (row.column() == committed && !row.isTombstone()) {
              Proposal proposal = Proposal.read(ByteBuffer.wrap(row.value()));
              if (!proposal.isEmpty() && proposal.origin().micros() >= finishedMicros) {
                all.add(new RangePages.Update(state.token(), proposal.update()));
              }
            }
          }
        }
      }
    }
    all.addAll(states);
    return all;
  }
}
