package io.ilion.coordinator.paxos;

import io.ilion.model.type.ClusteringCodec;
import io.ilion.model.type.NativeType;
import io.ilion.storage.NeedlessCells;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * What nobody needs any more of {@code system.paxos}: what is of finished agreements, and of tables
 * that are no more. A replica that has it still behaves as one that does not ({@link
 * PaxosState#withoutFinished}), so it makes no difference who has compacted it away.
 */
public final class FinishedStates implements NeedlessCells {
  private final Predicate<UUID> isTable;
  private final FinishedAgreements finished;
  private final ClusteringCodec clustering =
      new ClusteringCodec(List.of(NativeType.UUID), List.of(false));

  /**
   * The states of finished agreements.
   *
   * @param isTable whether a table of that id is there; one that is no more never is again
   */
  public FinishedStates(Predicate<UUID> isTable, FinishedAgreements finished) {
    this.isTable = isTable;
    this.finished = finished;
  }

  @Override
  public long before(long token, byte[] key, int keyOffset, int keyLength) {
    byte[] id = clustering.decode(key, keyOffset, keyLength)[0];
    UUID table = (UUID) NativeType.UUID.decode(id);
    // The timestamp of each cell is the time of its ballot.
    return isTable.test(table) ? finished.beforeMicros(table, token) : Long.MAX_VALUE;
  }
}
