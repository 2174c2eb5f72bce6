package io.ilion.model.type;

import io.ilion.model.CqlException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A type without parts. There is one instance of each. */
public final class NativeType extends CqlType {
  /** The package of Cassandra's classes of types, with a dot behind it. */
  public static final String MARSHAL = "org.apache.cassandra.db.marshal.";

  public static final NativeType ASCII =
      new NativeType(Kind.ASCII, "ascii", "AsciiType", -1, true, TextFormats.ASCII);
  public static final NativeType BIGINT =
      new NativeType(Kind.BIGINT, "bigint", "LongType", 8, true, NumberFormats.BIGINT);
  public static final NativeType BLOB =
      new NativeType(Kind.BLOB, "blob", "BytesType", -1, true, TextFormats.BLOB);
  public static final NativeType BOOLEAN =
      new NativeType(Kind.BOOLEAN, "boolean", "BooleanType", 1, true, NumberFormats.BOOLEAN);
  public static final NativeType COUNTER =
      new NativeType(Kind.COUNTER, "counter", "CounterColumnType", 8, true, NumberFormats.BIGINT);
  public static final NativeType DATE =
      new NativeType(Kind.DATE, "date", "SimpleDateType", 4, false, TimeFormats.DATE);
  public static final NativeType DECIMAL =
      new NativeType(Kind.DECIMAL, "decimal", "DecimalType", -1, true, NumberFormats.DECIMAL);
  public static final NativeType DOUBLE =
      new NativeType(Kind.DOUBLE, "double", "DoubleType", 8, true, NumberFormats.DOUBLE);
  public static final NativeType DURATION =
      new NativeType(Kind.DURATION, "duration", "DurationType", -1, false, TimeFormats.DURATION);
  public static final NativeType EMPTY =
      new NativeType(Kind.EMPTY, "empty", "EmptyType", 0, true, TextFormats.EMPTY);
  public static final NativeType FLOAT =
      new NativeType(Kind.FLOAT, "float", "FloatType", 4, true, NumberFormats.FLOAT);
  public static final NativeType INET =
      new NativeType(Kind.INET, "inet", "InetAddressType", -1, true, TextFormats.INET);
  public static final NativeType INT =
      new NativeType(Kind.INT, "int", "Int32Type", 4, true, NumberFormats.INT);
  public static final NativeType SMALLINT =
      new NativeType(Kind.SMALLINT, "smallint", "ShortType", 2, false, NumberFormats.SMALLINT);
  public static final NativeType TEXT =
      new NativeType(Kind.TEXT, "text", "UTF8Type", -1, true, TextFormats.UTF8);
  public static final NativeType TIME =
      new NativeType(Kind.TIME, "time", "TimeType", 8, false, TimeFormats.TIME);
  public static final NativeType TIMESTAMP =
      new NativeType(Kind.TIMESTAMP, "timestamp", "TimestampType", 8, true, TimeFormats.TIMESTAMP);
  public static final NativeType TIMEUUID =
      new NativeType(Kind.TIMEUUID, "timeuuid", "TimeUUIDType", 16, true, UuidFormats.TIMEUUID);
  public static final NativeType TINYINT =
      new NativeType(Kind.TINYINT, "tinyint", "ByteType", 1, false, NumberFormats.TINYINT);
  public static final NativeType UUID =
      new NativeType(Kind.UUID, "uuid", "UUIDType", 16, true, UuidFormats.UUID);
  public static final NativeType VARINT =
      new NativeType(Kind.VARINT, "varint", "IntegerType", -1, true, NumberFormats.VARINT);

  private static final List<NativeType> ALL =
      List.of(
          ASCII, BIGINT, BLOB, BOOLEAN, COUNTER, DATE, DECIMAL, DOUBLE, DURATION, EMPTY, FLOAT,
          INET, INT, SMALLINT, TEXT, TIME, TIMESTAMP, TIMEUUID, TINYINT, UUID, VARINT);
  private static final Map<String, NativeType> BY_NAME =
      ALL.stream().collect(Collectors.toUnmodifiableMap(t -> t.name, Function.identity()));
  private static final Map<String, NativeType> BY_CLASS =
      ALL.stream().collect(Collectors.toUnmodifiableMap(t -> t.simpleClass, Function.identity()));
  private static final Set<Kind> MEANINGFUL_EMPTY = Set.of(Kind.ASCII, Kind.TEXT, Kind.BLOB);

  /** The types that take the empty text for the empty value. */
  private static final Set<Kind> EMPTY_TEXT_IS_EMPTY =
      Set.of(
          Kind.INT,
          Kind.BIGINT,
          Kind.COUNTER,
          Kind.VARINT,
          Kind.FLOAT,
          Kind.DOUBLE,
          Kind.DECIMAL,
          Kind.INET,
          Kind.TIMESTAMP,
          Kind.UUID,
          Kind.TIMEUUID,
          Kind.EMPTY);

  private static final Set<Kind> JSON_TAKES_EMPTY =
      EMPTY_TEXT_IS_EMPTY.stream()
          .filter(kind -> kind != Kind.VARINT)
          .collect(Collectors.toUnmodifiableSet());

  private final String name;
  private final String simpleClass;
  private final int fixedLength;
  private final boolean allowsEmpty;
  private final transient Format format;

  private NativeType(
      Kind kind, String name, String simpleClass, int length, boolean empty, Format format) {
    super(kind);
    this.name = name;
    this.simpleClass = simpleClass;
    this.fixedLength = length;
    this.allowsEmpty = empty;
    this.format = format;
  }

  /** The type of a CQL name in lower case ({@code varchar} is text), or null. */
  public static NativeType byName(String name) {
    String lower = name.toLowerCase(java.util.Locale.ROOT);
    return lower.equals("varchar") ? TEXT : BY_NAME.get(lower);
  }

  /** The type of a marshal class's simple name, or null. */
  static NativeType byClass(String simpleName) {
    return switch (simpleName) {
      case "DateType" -> TIMESTAMP;
      case "LegacyTimeUUIDType" -> TIMEUUID;
      default -> BY_CLASS.get(simpleName);
    };
  }

  @Override
  public String cqlName() {
    return name;
  }

  @Override
  public String className() {
    return MARSHAL + simpleClass;
  }

  @Override
  public int fixedLength() {
    return fixedLength;
  }

  @Override
  public boolean allowsEmpty() {
    return allowsEmpty;
  }

  @Override
  public boolean isEmptyMeaningless() {
    return allowsEmpty && !MEANINGFUL_EMPTY.contains(kind());
  }

  @Override
  public void validate(byte[] value) {
    if (value.length > 0 || !allowsEmpty) {
      format.validate(value);
    }
  }

  @Override
  public Object decode(byte[] value) {
    return value == null || (value.length == 0 && isEmptyMeaningless())
        ? null
        : format.decode(value);
  }

  @Override
  public byte[] encode(Object value) {
    try {
      return value == null ? null : format.encode(value);
    } catch (ClassCastException e) {
      throw CqlException.invalid(
          "Cannot encode a %s as %s", value.getClass().getSimpleName(), name);
    }
  }

  @Override
  public int compare(byte[] left, byte[] right) {
    if (left.length == 0 || right.length == 0) {
      return Integer.compare(left.length, right.length);
    }
    return format.compare(left, right);
  }

  @Override
  public String toCqlLiteral(byte[] value) {
    if (value == null) {
      return "null";
    }
    if (value.length == 0 && isEmptyMeaningless()) {
      return "null";
    }
    String text = toText(value);
    return format.isQuoted() ? "'" + text.replace("'", "''") + "'" : text;
  }

  @Override
  public String toJson(byte[] value) {
    if (value == null) {
      return "null";
    }
    return value.length == 0 && isEmptyMeaningless() ? "\"\"" : format.toJson(value);
  }

  @Override
  public byte[] fromJson(Object parsed) {
    if (parsed == null) {
      return null;
    }
    return "".equals(parsed) && JSON_TAKES_EMPTY.contains(kind())
        ? fromString("")
        : format.fromJson(parsed);
  }

  @Override
  public byte[] fromString(String text) {
    return text.isEmpty() && EMPTY_TEXT_IS_EMPTY.contains(kind())
        ? Values.EMPTY
        : format.parse(text);
  }

  @Override
  public String toText(byte[] value) {
    return value.length == 0 && isEmptyMeaningless() ? "" : format.text(value);
  }

  @Override
  public void writeComparable(byte[] value, ByteSink out) {
    format.writeComparable(value, out);
  }

  @Override
  public byte[] readComparable(ComparableReader in) {
    return format.readComparable(in);
  }

  @Override
  public boolean isValueCompatibleWith(CqlType previous) {
    if (equals(previous)) {
      return true;
    }
    Kind other = previous.kind();
    return switch (kind()) {
      case BLOB -> true;
      case TEXT -> other == Kind.ASCII;
      case UUID -> other == Kind.TIMEUUID;
      case VARINT -> other == Kind.INT || other == Kind.BIGINT || other == Kind.TIMESTAMP;
      case BIGINT -> other == Kind.TIMESTAMP;
      case DATE -> other == Kind.INT;
      case TIME, TIMESTAMP -> other == Kind.BIGINT;
      default -> false;
    };
  }

  @Override
  public boolean isCompatibleWith(CqlType previous) {
    Kind other = previous.kind();
    return equals(previous)
        || (kind() == Kind.BLOB && (other == Kind.ASCII || other == Kind.TEXT))
        || (kind() == Kind.TEXT && other == Kind.ASCII);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NativeType that && that.kind() == kind();
  }

  @Override
  public int hashCode() {
    return kind().hashCode();
  }
}
