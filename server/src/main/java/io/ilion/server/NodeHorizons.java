package io.ilion.server;

import io.ilion.storage.NeedlessCells;
import io.ilion.storage.PurgeHorizon;
import java.util.UUID;

/**
 * Which deletions are everywhere, and which cells nobody needs, for a storage engine that is opened
 * before anybody can know: as long as nobody does, no deletion is, and each cell is needed.
 */
final class NodeHorizons implements PurgeHorizon.Source {
  private volatile PurgeHorizon.Source known = table -> PurgeHorizon.NOTHING;

  /** From now on this source knows. */
  void know(PurgeHorizon.Source source) {
    known = source;
  }

  @Override
  public PurgeHorizon of(UUID tableId) {
    return known.of(tableId);
  }

  @Override
  public NeedlessCells needless(UUID tableId) {
    return known.needless(tableId);
  }
}
