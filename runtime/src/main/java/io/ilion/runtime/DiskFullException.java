package io.ilion.runtime;

import java.io.IOException;

/** The file system has no space left, or a quota is reached; it may have space again later. */
public final class DiskFullException extends IOException {
  private static final long serialVersionUID = 1;

  /** Names the path that could not grow. */
  public DiskFullException(String path, Throwable cause) {
    super("no space left to write " + path, cause);
  }
}
