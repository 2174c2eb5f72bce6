package io.ilion.coordinator.write;

import java.util.LinkedHashSet;
import java.util.UUID;

/** The ids of the operations that came last. Owned by one lane. */
final class RecentOperations {
  private static final int MOST = 1 << 16;

  private final LinkedHashSet<UUID> ids = new LinkedHashSet<>();

  /** Takes an id; false if it is among the last ones. */
  boolean add(UUID id) {
    if (!ids.add(id)) {
      return false;
    }
    if (ids.size() > MOST) {
      ids.removeFirst();
    }
    return true;
  }
}
