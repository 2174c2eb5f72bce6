package io.ilion.protocol;

import java.util.List;

/** The versions of the native protocol that are spoken here. */
public enum ProtocolVersion {
  V3(3),
  V4(4),
  V5(5);

  /** The names of the versions as the option PROTOCOL_VERSIONS of SUPPORTED lists them. */
  public static final List<String> NAMES = List.of("3/v3", "4/v4", "5/v5");

  private final int number;

  ProtocolVersion(int number) {
    this.number = number;
  }

  /** Returns the number that stands in the low seven bits of an envelope's first byte. */
  public int number() {
    return number;
  }

  /** Whether this version is the given one or a later one. */
  public boolean atLeast(ProtocolVersion other) {
    return number >= other.number;
  }

  /**
   * Returns the version of a number.
   *
   * @throws ProtocolException fatally when it is not spoken here; drivers look for this very text
   *     to try an older version
   */
  public static ProtocolVersion of(int number) {
    return switch (number) {
      case 3 -> V3;
      case 4 -> V4;
      case 5 -> V5;
      default ->
          throw ProtocolException.unsupportedVersion(
              number,
              "Invalid or unsupported protocol version ("
                  + number
                  + "); supported versions are ("
                  + String.join(", ", NAMES)
                  + ")");
    };
  }
}
