package io.ilion.server;

import io.ilion.storage.PurgeHorizon;
import java.util.UUID;

/**
 * Which deletions are everywhere, for a storage engine that is opened before anybody can know: as
 * long as nobody does, none is.
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
}
