package io.ilion.conformance.cql;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** Builds the bodies of QUERY, PREPARE, EXECUTE and BATCH from the directives of a case. */
final class Request {
  private static final int VALUES = 0x01;
  private static final int PAGE_SIZE = 0x04;
  private static final int PAGING_STATE = 0x08;
  private static final int SERIAL_CONSISTENCY = 0x10;
  private static final int TIMESTAMP = 0x20;
  private static final int NAMES = 0x40;
  private static final int KEYSPACE = 0x80;
  private static final int NOW_IN_SECONDS = 0x100;
  private static final int SKIP_METADATA = 0x02;
  private static final Map<String, Integer> BATCH_TYPES =
      Map.of("logged", 0, "unlogged", 1, "counter", 2);

  private final int version;
  private final List<String> names = new ArrayList<>();
  private final List<byte[]> values = new ArrayList<>();
  private final List<Boolean> unset = new ArrayList<>();
  private int consistency = ErrorText.consistencyCode("ONE");
  private Integer serial;
  private Integer pageSize;
  private byte[] pagingState;
  private Long timestamp;
  private String keyspace;
  private Integer nowInSeconds;
  private boolean skipMetadata;

  Request(int version) {
    this.version = version;
  }

  /** Applies one directive; an unknown one is an {@link IllegalArgumentException}. */
  void set(String name, String argument) {
    switch (name) {
      case "page" -> pageSize = Integer.valueOf(argument);
      case "state" -> pagingState = HexFormat.of().parseHex(argument.substring(2));
      case "consistency" -> consistency = ErrorText.consistencyCode(argument);
      case "serial" -> serial = ErrorText.consistencyCode(argument);
      case "timestamp" -> timestamp = Long.valueOf(argument);
      case "now" -> nowInSeconds = Integer.valueOf(argument);
      case "keyspace" -> keyspace = argument;
      case "skip-metadata" -> skipMetadata = true;
      case "bind" -> bind(argument);
      default -> throw new IllegalArgumentException("no directive @" + name);
    }
  }

  /** {@code TYPE = VALUE} by position or {@code :NAME TYPE = VALUE} by name. */
  private void bind(String argument) {
    String[] sides = argument.split(" = ", 2);
    String type = sides[0];
    if (type.startsWith(":")) {
      int space = type.indexOf(' ');
      names.add(type.substring(1, space));
      type = type.substring(space + 1);
    }
    addValue(TypeText.parseCql(type), sides[1]);
  }

  private void addValue(WireType type, String text) {
    boolean isUnset = text.equals("unset");
    unset.add(isUnset);
    values.add(isUnset ? null : ValueParser.parse(type, text));
  }

  boolean paged() {
    return pageSize != null;
  }

  void continueAt(byte[] state) {
    pagingState = state;
  }

  byte[] query(String statement) {
    WireWriter out = new WireWriter().longString(statement);
    parameters(out);
    return out.toBytes();
  }

  byte[] prepare(String statement) {
    WireWriter out = new WireWriter().longString(statement);
    if (version >= 5) {
      out.i32(keyspace == null ? 0 : 1);
      if (keyspace != null) {
        out.string(keyspace);
      }
    }
    return out.toBytes();
  }

  /** Binds one value to each line of the case; the single line {@code ()} binds none. */
  byte[] execute(Answer.Prepared prepared, List<String> lines) {
    if (values.isEmpty() && !lines.equals(List.of("()"))) {
      bindLines(prepared, lines);
    }
    WireWriter out = new WireWriter().shortBytes(prepared.id());
    if (version >= 5) {
      out.shortBytes(prepared.resultMetadataId());
    }
    parameters(out);
    return out.toBytes();
  }

  private void bindLines(Answer.Prepared prepared, List<String> lines) {
    for (int i = 0; i < lines.size(); i++) {
      boolean known = i < prepared.variables().size();
      addValue(known ? prepared.variables().get(i) : new WireType.Simple("blob"), lines.get(i));
    }
  }

  /**
   * A batch of the protocol: each line is a statement, or {@code execute NAME: V1; V2} for a
   * prepared one.
   */
  byte[] batch(String kind, List<String> lines, Function<String, Answer.Prepared> find) {
    WireWriter out = new WireWriter().u8(BATCH_TYPES.get(kind.toLowerCase(Locale.ROOT)));
    out.u16(lines.size());
    for (String line : lines) {
      if (!line.startsWith("execute ")) {
        out.u8(0).longString(line).u16(0);
        continue;
      }
      String[] parts = line.substring("execute ".length()).split(": ", 2);
      Answer.Prepared prepared = find.apply(parts[0]);
      Request item = new Request(version);
      item.bindLines(prepared, List.of(parts[1].split("; ")));
      out.u8(1).shortBytes(prepared.id());
      item.writeValues(out);
    }
    out.u16(consistency);
    int flags = 0;
    flags |= serial == null ? 0 : SERIAL_CONSISTENCY;
    flags |= timestamp == null ? 0 : TIMESTAMP;
    flags |= keyspace == null ? 0 : KEYSPACE;
    flags |= nowInSeconds == null ? 0 : NOW_IN_SECONDS;
    writeFlags(out, flags);
    writeOptional(out);
    return out.toBytes();
  }

  private void parameters(WireWriter out) {
    out.u16(consistency);
    int flags = 0;
    flags |= values.isEmpty() ? 0 : VALUES;
    flags |= names.isEmpty() ? 0 : NAMES;
    flags |= skipMetadata ? SKIP_METADATA : 0;
    flags |= pageSize == null ? 0 : PAGE_SIZE;
    flags |= pagingState == null ? 0 : PAGING_STATE;
    flags |= serial == null ? 0 : SERIAL_CONSISTENCY;
    flags |= timestamp == null ? 0 : TIMESTAMP;
    flags |= keyspace == null ? 0 : KEYSPACE;
    flags |= nowInSeconds == null ? 0 : NOW_IN_SECONDS;
    writeFlags(out, flags);
    if (!values.isEmpty()) {
      writeValues(out);
    }
    if (pageSize != null) {
      out.i32(pageSize);
    }
    if (pagingState != null) {
      out.bytes(pagingState);
    }
    writeOptional(out);
  }

  private void writeFlags(WireWriter out, int flags) {
    if (version >= 5) {
      out.i32(flags);
    } else {
      out.u8(flags);
    }
  }

  private void writeValues(WireWriter out) {
    out.u16(values.size());
    for (int i = 0; i < values.size(); i++) {
      if (!names.isEmpty()) {
        out.string(names.get(i));
      }
      byte[] value = values.get(i);
      if (value == null) {
        out.i32(unset.get(i) ? -2 : -1);
      } else {
        out.bytes(value);
      }
    }
  }

  private void writeOptional(WireWriter out) {
    if (serial != null) {
      out.u16(serial);
    }
    if (timestamp != null) {
      out.i64(timestamp);
    }
    if (keyspace != null) {
      out.string(keyspace);
    }
    if (nowInSeconds != null) {
      out.i32(nowInSeconds);
    }
  }
}
