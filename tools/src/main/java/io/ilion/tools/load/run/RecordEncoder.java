package io.ilion.tools.load.run;

import io.ilion.tools.load.codec.FieldException;
import io.ilion.tools.load.codec.WireBuffer;
import io.ilion.tools.load.format.Chunk;
import io.ilion.tools.load.format.CsvFormat;
import io.ilion.tools.load.format.Fields;
import io.ilion.tools.load.format.RecordFormat;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Makes rows of the records of chunks. One for each thread. */
final class RecordEncoder {
  private static final int NULL = -1;
  private static final int UNSET = -2;
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private final byte[][] nullTexts;
  private final boolean nullTextsInQuotes;
  private final int absent;
  private final boolean allowExtra;
  private final boolean allowMissing;
  private final Fields fields = new Fields();
  private int[] valueStarts = new int[0];
  private boolean isStatic;

  RecordEncoder(
      Set<String> nullTexts,
      boolean nullTextsInQuotes,
      boolean unsetNulls,
      boolean allowExtra,
      boolean allowMissing) {
    this.nullTexts =
        nullTexts.stream()
            .map(text -> text.getBytes(StandardCharsets.UTF_8))
            .toArray(byte[][]::new);
    this.nullTextsInQuotes = nullTextsInQuotes;
    this.absent = unsetNulls ? UNSET : NULL;
    this.allowExtra = allowExtra;
    this.allowMissing = allowMissing;
  }

  /** Appends the rows of a chunk, and notes what is none. */
  void encode(ChunkState state, int[] keyMarkers) {
    Chunk chunk = state.chunk();
    byte[] bytes = chunk.bytes();
    FilePlan plan = state.plan();
    RecordFormat format = plan.format();
    if (chunk.broken() != null) {
      int from = format.recordStart(bytes, chunk.from(), chunk.to());
      if (from < chunk.to()) {
        state.bad(from, chunk.to(), null, chunk.broken(), true);
      }
      return;
    }
    RowBuffer rows = state.rows();
    int markers = plan.names().length;
    if (valueStarts.length < markers) {
      valueStarts = new int[markers];
    }
    int at = chunk.from();
    while (at < chunk.to()) {
      int end = format.recordEnd(bytes, at, chunk.to(), true);
      if (end <= at) {
        end = chunk.to();
      }
      int from = format.recordStart(bytes, at, end);
      int start = rows.wire().size();
      String column = null;
      isStatic = false;
      try {
        boolean row =
            format instanceof CsvFormat csv
                ? csvRow(csv, bytes, at, end, plan, rows.wire())
                : jsonRow(bytes, from, end, plan, rows.wire());
        if (row) {
          rows.add(start, valueStarts, keyMarkers, from, end, isStatic);
        }
      } catch (ColumnException e) {
        rows.wire().truncate(start);
        column = e.column;
        state.bad(from, end, column, e.getMessage(), true);
      }
      at = end;
    }
  }

  // ---- delimited text

  private boolean csvRow(
      CsvFormat csv, byte[] bytes, int at, int end, FilePlan plan, WireBuffer out) {
    if (isBlank(bytes, at, end)) {
      return false;
    }
    csv.parse(bytes, at, end, fields);
    if (fields.error() != null) {
      throw new ColumnException(null, fields.error());
    }
    int count = fields.count();
    int expected = plan.fieldCount();
    if (expected >= 0
        && ((count > expected && !allowExtra) || (count < expected && !allowMissing))) {
      throw new ColumnException(
          null, count + (count == 1 ? " field" : " fields") + "; expected " + expected);
    }
    int[] positions = plan.positions();
    isStatic =
        plan.statics() != null
            && hasOnlyStatics(plan, i -> positions[i] >= count || isNull(positions[i]));
    for (int i = 0; i < positions.length; i++) {
      if (isStatic && !plan.statics().kept()[i]) {
        continue;
      }
      valueStarts[i] = out.size();
      int field = positions[i];
      if (field >= count && !allowMissing) {
        throw new ColumnException(plan.names()[i], "there is no field " + field);
      }
      if (field >= count || isNull(field)) {
        absent(plan, i, out);
      } else {
        try {
          plan.codecs()[i].encode(
              fields.array(field), fields.offset(field), fields.length(field), out);
        } catch (FieldException | ArithmeticException e) {
          throw new ColumnException(plan.names()[i], e.getMessage());
        }
        if (plan.required()[i] && out.intAt(valueStarts[i]) < 0) {
          absent(plan, i, out);
        }
      }
    }
    return true;
  }

  /** Whether nothing of a row is there, but something of its partition. */
  private static boolean hasOnlyStatics(FilePlan plan, IntPredicate isNull) {
    // Nearly always the first clustering column is there, and nothing else is looked at.
    for (int marker : plan.rowMarkers()) {
      if (!isNull.test(marker)) {
        return false;
      }
    }
    boolean[] kept = plan.statics().kept();
    for (int i = 0; i < kept.length; i++) {
      if (!kept[i] && !isNull.test(i)) {
        return false;
      }
    }
    return !Arrays.stream(plan.statics().columns()).allMatch(isNull);
  }

  private static boolean isBlank(byte[] bytes, int at, int end) {
    for (int i = at; i < end; i++) {
      if (bytes[i] != '\n' && bytes[i] != '\r') {
        return false;
      }
    }
    return true;
  }

  private boolean isNull(int field) {
    if (fields.isQuoted(field) && !nullTextsInQuotes) {
      return false;
    }
    int length = fields.length(field);
    for (byte[] text : nullTexts) {
      if (text.length == length
          && java.util.Arrays.equals(
              text,
              0,
              length,
              fields.array(field),
              fields.offset(field),
              fields.offset(field) + length)) {
        return true;
      }
    }
    return false;
  }

  private void absent(FilePlan plan, int marker, WireBuffer out) {
    if (plan.required()[marker]) {
      throw new ColumnException(plan.names()[marker], "there is no value, and it is of the key");
    }
    out.putInt(absent);
  }

  // ---- JSON

  private boolean jsonRow(byte[] bytes, int at, int to, FilePlan plan, WireBuffer out) {
    int end = to;
    while (end > at && bytes[end - 1] <= ' ') {
      end--;
    }
    if (at == end) {
      return false;
    }
    Map<?, ?> record = object(bytes, at, end);
    int met = 0;
    isStatic =
        plan.statics() != null && hasOnlyStatics(plan, i -> record.get(plan.fields()[i]) == null);
    for (int i = 0; i < plan.fields().length; i++) {
      valueStarts[i] = out.size();
      Object value = record.get(plan.fields()[i]);
      if (value != null || record.containsKey(plan.fields()[i])) {
        met++;
      }
      if (isStatic && !plan.statics().kept()[i]) {
        continue;
      }
      if (value == null) {
        if (plan.required()[i] || record.containsKey(plan.fields()[i])) {
          absent(plan, i, out);
        } else {
          out.putInt(UNSET);
        }
        continue;
      }
      try {
        String text =
            value instanceof Map || value instanceof java.util.List
                ? JSON.writeValueAsString(value)
                : value.toString();
        plan.codecs()[i].encode(text, out);
      } catch (FieldException | ArithmeticException e) {
        throw new ColumnException(plan.names()[i], e.getMessage());
      }
    }
    if (met < record.size() && !allowExtra && plan.fieldCount() >= 0) {
      for (Object name : record.keySet()) {
        if (!java.util.Arrays.asList(plan.fields()).contains(name)) {
          throw new ColumnException(
              null, "the field " + name + " is no column; see --map and --allow-extra-fields");
        }
      }
    }
    return true;
  }

  private static Map<?, ?> object(byte[] bytes, int at, int end) {
    try {
      if (JSON.readValue(bytes, at, end - at, Object.class) instanceof Map<?, ?> object) {
        return object;
      }
      throw new ColumnException(null, "this is no JSON object");
    } catch (JacksonException e) {
      throw new ColumnException(null, "this is not JSON: " + e.getOriginalMessage());
    }
  }

  /** A record is bad in a column, or as a whole. */
  private static final class ColumnException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String column;

    ColumnException(String column, String reason) {
      super(reason, null, false, false);
      this.column = column;
    }
  }
}
