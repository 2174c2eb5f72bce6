package io.ilion.conformance.cql;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Prints the body of an ERROR: its code, its message, and the fields that the code brings. */
final class ErrorText {
  private static final List<String> CONSISTENCIES =
      List.of(
          "ANY",
          "ONE",
          "TWO",
          "THREE",
          "QUORUM",
          "ALL",
          "LOCAL_QUORUM",
          "EACH_QUORUM",
          "SERIAL",
          "LOCAL_SERIAL",
          "LOCAL_ONE",
          "NODE_LOCAL");

  private static final Pattern SIGNATURES =
      Pattern.compile("(.* signatures: )(system\\..*)(\\).*)");

  private ErrorText() {}

  static List<String> read(WireReader in, int version) {
    int code = in.i32();
    List<String> lines = new ArrayList<>();
    String message = sortSignatures(ValueText.escape(in.string()));
    lines.add(String.format("error 0x%04x %s", code, message));
    switch (code) {
      case 0x1000 -> lines.add(consistency(in) + ", required " + in.i32() + ", alive " + in.i32());
      case 0x1100 -> {
        String line = acknowledged(in) + ", " + in.string();
        lines.add(version >= 5 && line.endsWith("CAS") ? line + ", " + in.u16() : line);
      }
      case 0x1200 -> lines.add(acknowledged(in) + ", data present " + in.u8());
      case 0x1300 -> lines.add(acknowledged(in) + failures(in, version) + ", data " + in.u8());
      case 0x1400 -> lines.add("function " + in.string() + "." + in.string() + in.stringList());
      case 0x1500 -> lines.add(acknowledged(in) + failures(in, version) + ", " + in.string());
      case 0x1700 -> lines.add(acknowledged(in));
      case 0x2400 -> lines.add("element '" + in.string() + "' '" + in.string() + "'");
      case 0x2500 -> lines.add("an id of " + in.shortBytes().length + " bytes");
      default -> {}
    }
    return lines;
  }

  /** Cassandra lists the signatures of a function in the order of hash codes, new at each start. */
  private static String sortSignatures(String message) {
    Matcher matcher = SIGNATURES.matcher(message);
    if (!matcher.matches()) {
      return message;
    }
    List<String> signatures = new ArrayList<>(List.of(matcher.group(2).split(", (?=system\\.)")));
    Collections.sort(signatures);
    return matcher.group(1) + String.join(", ", signatures) + matcher.group(3);
  }

  private static String consistency(WireReader in) {
    return "consistency " + CONSISTENCIES.get(in.u16());
  }

  private static String acknowledged(WireReader in) {
    return consistency(in) + ", received " + in.i32() + ", required " + in.i32();
  }

  private static String failures(WireReader in, int version) {
    int count = in.i32();
    for (int i = 0; i < count && version >= 5; i++) {
      in.take(in.u8());
      in.u16();
    }
    return ", failures " + count;
  }

  /** The number that the wire gives a consistency level. */
  static int consistencyCode(String name) {
    int code = CONSISTENCIES.indexOf(name.toUpperCase(Locale.ROOT));
    if (code < 0) {
      throw new IllegalArgumentException("no consistency level: " + name);
    }
    return code;
  }
}
