package io.ilion.server.config;

/** A setting is unknown or wrong. The message names its place and what would be right. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Takes the whole message for the user: one line. */
  public ConfigException(String message) {
    super(message);
  }
}
