package io.ilion.protocol;

import java.util.Locale;

/** The compressions that a client can ask for in STARTUP. */
public enum Compression {
  NONE,
  /** In every version. */
  LZ4,
  /** In versions 3 and 4. */
  SNAPPY;

  /** Returns the name that stands in STARTUP and SUPPORTED. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the compression of a name, in any case, or null when it is unknown. */
  public static Compression ofName(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "lz4" -> LZ4;
      case "snappy" -> SNAPPY;
      default -> null;
    };
  }
}
