package io.ilion.storage;

import java.util.UUID;

/** The storage engine does not know the table; it may have been dropped. */
public final class UnknownTableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Names the table. */
  public UnknownTableException(UUID tableId) {
    super("storage knows no table " + tableId);
  }
}
