package io.ilion.conformance.cql;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The answer to one request, read from its envelope and printed as the lines of a fixture.
 *
 * @param lines the answer without its warnings
 * @param warnings the warnings of the envelope, in order
 * @param pagingState where the next page begins; null when there is none
 * @param prepared what EXECUTE needs; null unless a statement was prepared
 */
record Answer(List<String> lines, List<String> warnings, byte[] pagingState, Prepared prepared) {

  /** A prepared statement: its ids and the types of its bind variables. */
  record Prepared(byte[] id, byte[] resultMetadataId, List<WireType> variables) {}

  private static final int ERROR = 0x00;
  private static final int RESULT = 0x08;
  private static final int WARNING_FLAG = 0x08;
  private static final int GLOBAL_TABLE = 1;
  private static final int MORE_PAGES = 2;
  private static final int NO_METADATA = 4;
  private static final int METADATA_CHANGED = 8;

  private record Column(String table, String name, WireType type) {}

  private record Metadata(List<Column> columns, String table, byte[] pagingState, String notes) {}

  /** Reads an envelope; values of the columns named in {@code masked} are not shown. */
  static Answer read(WireClient.Envelope envelope, int version, Set<String> masked) {
    WireReader in = new WireReader(envelope.body());
    List<String> warnings = (envelope.flags() & WARNING_FLAG) != 0 ? in.stringList() : List.of();
    Answer answer =
        switch (envelope.opcode()) {
          case ERROR -> plain(ErrorText.read(in, version));
          case RESULT -> result(in, version, masked);
          default -> plain(List.of("opcode " + envelope.opcode()));
        };
    if (in.remaining() > 0) {
      throw new IllegalStateException(in.remaining() + " surplus bytes in an answer");
    }
    return new Answer(answer.lines, warnings, answer.pagingState, answer.prepared);
  }

  private static Answer plain(List<String> lines) {
    return new Answer(lines, List.of(), null, null);
  }

  private static Answer result(WireReader in, int version, Set<String> masked) {
    int kind = in.i32();
    return switch (kind) {
      case 1 -> plain(List.of("void"));
      case 2 -> rows(in, version, masked);
      case 3 -> plain(List.of("use " + in.string()));
      case 4 -> prepared(in, version);
      case 5 -> plain(List.of(schemaChange(in)));
      default -> throw new IllegalStateException("a result of kind " + kind);
    };
  }

  private static String schemaChange(WireReader in) {
    String change = in.string() + " " + in.string();
    boolean ofKeyspace = change.endsWith(" KEYSPACE");
    String keyspace = in.string();
    String name = ofKeyspace ? "" : "." + in.string();
    boolean signature = change.endsWith(" FUNCTION") || change.endsWith(" AGGREGATE");
    String arguments = signature ? "(" + String.join(", ", in.stringList()) + ")" : "";
    return "schema " + change + " " + keyspace + name + arguments;
  }

  private static Answer rows(WireReader in, int version, Set<String> masked) {
    Metadata metadata = metadata(in, version, false);
    List<String> lines = new ArrayList<>();
    lines.add("rows" + describe(metadata));
    int count = in.i32();
    for (int row = 0; row < count; row++) {
      StringBuilder line = new StringBuilder();
      for (Column column : metadata.columns()) {
        byte[] value = in.bytesOrNull();
        String text = ValueText.render(column.type(), value);
        boolean hide = value != null && masked.contains(column.name());
        line.append(line.isEmpty() ? "" : " | ").append(hide ? "<masked>" : text);
      }
      lines.add("- " + line);
    }
    if (count == 0) {
      lines.add("(0 rows)");
    }
    return new Answer(lines, List.of(), metadata.pagingState(), null);
  }

  private static Answer prepared(WireReader in, int version) {
    byte[] id = in.shortBytes();
    byte[] resultMetadataId = version >= 5 ? in.shortBytes() : null;
    List<Integer> key = new ArrayList<>();
    int flags = in.i32();
    int columns = in.i32();
    int keyCount = in.i32();
    for (int i = 0; i < keyCount; i++) {
      key.add(in.u16());
    }
    Metadata variables = columns(in, flags, columns, null, "");
    Metadata results = metadata(in, version, true);
    List<String> lines = new ArrayList<>();
    lines.add("prepared" + describe(variables));
    if (!key.isEmpty()) {
      lines.add("key " + String.join(", ", key.stream().map(String::valueOf).toList()));
    }
    if (!results.columns().isEmpty() || !results.notes().isEmpty()) {
      lines.add("result" + describe(results));
    }
    List<WireType> types = variables.columns().stream().map(Column::type).toList();
    return new Answer(lines, List.of(), null, new Prepared(id, resultMetadataId, types));
  }

  private static Metadata metadata(WireReader in, int version, boolean ofPrepared) {
    int flags = in.i32();
    int count = in.i32();
    byte[] pagingState = (flags & MORE_PAGES) != 0 ? in.bytesOrNull() : null;
    StringBuilder notes = new StringBuilder();
    if ((flags & METADATA_CHANGED) != 0) {
      in.shortBytes();
      notes.append(" (metadata changed)");
    }
    if ((flags & NO_METADATA) != 0) {
      if (!ofPrepared || count > 0) {
        notes.append(" (").append(count).append(" columns without metadata)");
      }
      List<Column> unknown = new ArrayList<>();
      for (int i = 0; i < count && !ofPrepared; i++) {
        unknown.add(new Column("", "", new WireType.Simple("blob")));
      }
      return new Metadata(unknown, "", pagingState, notes.toString());
    }
    return columns(in, flags, count, pagingState, notes.toString());
  }

  private static Metadata columns(
      WireReader in, int flags, int count, byte[] pagingState, String notes) {
    String global = null;
    if ((flags & GLOBAL_TABLE) != 0) {
      global = in.string() + "." + in.string();
    }
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String table = global == null ? in.string() + "." + in.string() : global;
      columns.add(new Column(table, in.string(), WireType.read(in)));
    }
    return new Metadata(columns, global, pagingState, notes);
  }

  private static String describe(Metadata metadata) {
    String table = metadata.table();
    StringBuilder text = new StringBuilder(table == null ? "" : " " + table);
    text.append(metadata.notes()).append(':');
    String separator = " ";
    for (Column column : metadata.columns()) {
      text.append(separator);
      text.append(table == null ? column.table() + "." : "");
      text.append(ValueText.escape(column.name())).append(' ').append(column.type());
      separator = " | ";
    }
    return text.toString();
  }
}
