package io.ilion.tools.shell;

import java.util.Locale;

/** How rows are written. */
enum Format {
  /** An aligned table, as cqlsh has it. */
  TABLE,
  /** A JSON object on a line for each row. */
  JSON,
  /** Comma-separated values, the names of the columns first. */
  CSV;

  /** As people write it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
