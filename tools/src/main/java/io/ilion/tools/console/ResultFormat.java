package io.ilion.tools.console;

/** How a command shows what it found. */
public enum ResultFormat {
  /** For a person. */
  TEXT,
  /** For a script. */
  JSON
}
