package io.ilion.driver;

import io.ilion.driver.codec.Bytes;
import io.ilion.driver.codec.Codec;
import io.ilion.driver.codec.CodecException;
import io.ilion.driver.codec.CodecRegistry;
import io.ilion.driver.codec.UdtValue;
import io.ilion.model.type.CqlType;
import io.ilion.protocol.PackedRows;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * One row of a result. A value is decoded when it is asked for, from the bytes as they came.
 *
 * <p>CQL's null is null; the methods that return a primitive give 0 or false for it, see {@link
 * #isNull}. A record takes all at once, its components by the names of the columns:
 *
 * <pre>{@code
 * record Book(UUID id, String title, Set<String> authors) {}
 * List<Book> books = session.execute("SELECT * FROM book").as(Book.class);
 * }</pre>
 */
public final class Row {
  private final Source source;
  private final int index;

  Row(Source source, int index) {
    this.source = source;
    this.index = index;
  }

  /** What all rows of a page have in common. */
  record Source(PackedRows rows, Columns columns, CodecRegistry codecs) {}

  /** The columns. */
  public Columns columns() {
    return source.columns();
  }

  /** Whether a value is CQL's null. */
  public boolean isNull(int column) {
    return source.rows().length(index, column) < 0;
  }

  /** Whether a value is CQL's null. */
  public boolean isNull(String column) {
    return isNull(source.columns().indexOf(column));
  }

  /** A value as the Java type that is its type's like. */
  public Object getObject(int column) {
    return decode(column, source.codecs().natural(source.columns().type(column)));
  }

  /** A value as the Java type that is its type's like. */
  public Object getObject(String column) {
    return getObject(source.columns().indexOf(column));
  }

  /**
   * A value as a Java type.
   *
   * @throws CodecException if its type cannot be that, or the value does not fit
   */
  public <T> T get(int column, Class<T> type) {
    Codec<T> codec;
    try {
      codec = source.codecs().find(source.columns().type(column), type);
    } catch (CodecException e) {
      throw named(column, e);
    }
    return decode(column, codec);
  }

  /** A value as a Java type. */
  public <T> T get(String column, Class<T> type) {
    return get(source.columns().indexOf(column), type);
  }

  /** A value as a Java type with arguments, such as that of a field or a record's component. */
  public Object get(int column, Type type) {
    return decode(column, source.codecs().find(source.columns().type(column), type));
  }

  /** A value by a codec of one's own. */
  public <T> T get(int column, Codec<T> codec) {
    return decode(column, codec);
  }

  /** An int, smallint or tinyint, or what fits of another number. */
  public int getInt(int column) {
    if (source.columns().type(column).kind() == CqlType.Kind.INT
        && source.rows().length(index, column) == 4) {
      return Bytes.intAt(source.rows().bytes(), source.rows().offset(index, column));
    }
    Integer value = get(column, Integer.class);
    return value == null ? 0 : value;
  }

  /** An int, or what fits of another number. */
  public int getInt(String column) {
    return getInt(source.columns().indexOf(column));
  }

  /** A bigint or counter, or what fits of another number. */
  public long getLong(int column) {
    CqlType.Kind kind = source.columns().type(column).kind();
    if ((kind == CqlType.Kind.BIGINT || kind == CqlType.Kind.COUNTER)
        && source.rows().length(index, column) == 8) {
      return Bytes.longAt(source.rows().bytes(), source.rows().offset(index, column));
    }
    Long value = get(column, Long.class);
    return value == null ? 0 : value;
  }

  /** A bigint or counter, or what fits of another number. */
  public long getLong(String column) {
    return getLong(source.columns().indexOf(column));
  }

  /** A double, or what fits of another number. */
  public double getDouble(int column) {
    Double value = get(column, Double.class);
    return value == null ? 0 : value;
  }

  /** A double, or what fits of another number. */
  public double getDouble(String column) {
    return getDouble(source.columns().indexOf(column));
  }

  /** A float. */
  public float getFloat(int column) {
    Float value = get(column, Float.class);
    return value == null ? 0 : value;
  }

  /** A float. */
  public float getFloat(String column) {
    return getFloat(source.columns().indexOf(column));
  }

  /** A boolean. */
  public boolean getBoolean(int column) {
    return Boolean.TRUE.equals(get(column, Boolean.class));
  }

  /** A boolean. */
  public boolean getBoolean(String column) {
    return getBoolean(source.columns().indexOf(column));
  }

  /** A text or ascii. */
  public String getString(int column) {
    return get(column, String.class);
  }

  /** A text or ascii. */
  public String getString(String column) {
    return getString(source.columns().indexOf(column));
  }

  /** A uuid or timeuuid. */
  public UUID getUuid(int column) {
    return get(column, UUID.class);
  }

  /** A uuid or timeuuid. */
  public UUID getUuid(String column) {
    return getUuid(source.columns().indexOf(column));
  }

  /** A timestamp. */
  public Instant getInstant(int column) {
    return get(column, Instant.class);
  }

  /** A timestamp. */
  public Instant getInstant(String column) {
    return getInstant(source.columns().indexOf(column));
  }

  /** A date. */
  public LocalDate getLocalDate(String column) {
    return get(column, LocalDate.class);
  }

  /** A time. */
  public LocalTime getLocalTime(String column) {
    return get(column, LocalTime.class);
  }

  /** A decimal, or another number. */
  public BigDecimal getBigDecimal(String column) {
    return get(column, BigDecimal.class);
  }

  /** A varint, or another whole number. */
  public BigInteger getBigInteger(String column) {
    return get(column, BigInteger.class);
  }

  /** An inet. */
  public InetAddress getInetAddress(String column) {
    return get(column, InetAddress.class);
  }

  /** The bytes of a value, whatever its type; a copy. */
  public byte[] getBytes(int column) {
    return source.rows().value(index, column);
  }

  /** The bytes of a value, whatever its type; a copy. */
  public byte[] getBytes(String column) {
    return getBytes(source.columns().indexOf(column));
  }

  /** A UDT as it is; see also {@link #get(String, Class)} with a record. */
  public UdtValue getUdt(String column) {
    return get(column, UdtValue.class);
  }

  /** A list; null when it is null, as an empty one is. */
  @SuppressWarnings("unchecked")
  public <T> List<T> getList(String column, Class<T> element) {
    return (List<T>) get(source.columns().indexOf(column), new Generic(List.class, element));
  }

  /** A set; null when it is null, as an empty one is. */
  @SuppressWarnings("unchecked")
  public <T> Set<T> getSet(String column, Class<T> element) {
    return (Set<T>) get(source.columns().indexOf(column), new Generic(Set.class, element));
  }

  /** A map; null when it is null, as an empty one is. */
  @SuppressWarnings("unchecked")
  public <K, V> Map<K, V> getMap(String column, Class<K> key, Class<V> value) {
    return (Map<K, V>) get(source.columns().indexOf(column), new Generic(Map.class, key, value));
  }

  /**
   * The row as a record, each of whose components has a column of the same name but for case and
   * underscores.
   *
   * @throws CodecException if a component has no column, or a value does not fit
   */
  public <R extends Record> R as(Class<R> type) {
    return type.cast(source.columns().reader(source.codecs(), type).read(this));
  }

  /** Of a conditional statement's result: whether the conditions held. */
  boolean wasApplied() {
    return !source.columns().contains("[applied]") || getBoolean("[applied]");
  }

  <T> T decode(int column, Codec<T> codec) {
    int length = source.rows().length(index, column);
    try {
      return length < 0
          ? null
          : codec.decode(source.rows().bytes(), source.rows().offset(index, column), length);
    } catch (CodecException e) {
      throw named(column, e);
    }
  }

  private CodecException named(int column, CodecException cause) {
    return new CodecException(
        "Column " + source.columns().name(column) + ": " + cause.getMessage(), cause);
  }

  /** The names and values. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder("{");
    for (int i = 0; i < source.columns().size(); i++) {
      out.append(i == 0 ? "" : ", ").append(source.columns().name(i)).append(": ");
      CqlType type = source.columns().type(i);
      byte[] value = getBytes(i);
      out.append(value == null ? "null" : type.toCqlLiteral(value));
    }
    return out.append('}').toString();
  }

  /** A Java type with arguments. */
  private record Generic(Class<?> raw, Class<?> first, Class<?> second)
      implements java.lang.reflect.ParameterizedType {
    Generic(Class<?> raw, Class<?> only) {
      this(raw, only, null);
    }

    @Override
    public Type[] getActualTypeArguments() {
      return second == null ? new Type[] {first} : new Type[] {first, second};
    }

    @Override
    public Type getRawType() {
      return raw;
    }

    @Override
    public Type getOwnerType() {
      return null;
    }
  }
}
