package io.ilion.coordinator.streaming;

/** Ranges could not be fetched; what was fetched stays, and fetching may be begun again. */
public final class StreamException extends RuntimeException {
  private static final long serialVersionUID = 1;

  StreamException(String message) {
    super(message, null, false, false);
  }
}
