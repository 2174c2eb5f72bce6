package io.ilion.gossip.metadata;

/** A change of the metadata that was not made, or of which nobody knows whether it was. */
public final class MetadataException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Says why. */
  public MetadataException(String message) {
    super(message);
  }

  /** Says why. */
  public MetadataException(String message, Throwable cause) {
    super(message, cause);
  }
}
