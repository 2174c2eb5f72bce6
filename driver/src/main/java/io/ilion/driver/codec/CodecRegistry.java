package io.ilion.driver.codec;

import io.ilion.model.type.CqlType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Knows how values of CQL become objects and back. Safe for use by all threads.
 *
 * <p>Without being told anything it knows for each CQL type the Java type that is its like (int and
 * {@code Integer}, timestamp and {@link java.time.Instant}, list and {@link List}, ...), lossless
 * wider numbers, enums for text by their names, {@code float[]} for vectors, {@link
 * java.nio.ByteBuffer} for blobs, and records for UDTs, by the names of their fields, and tuples,
 * by position. Further codecs take precedence:
 *
 * <pre>{@code
 * CodecRegistry codecs = CodecRegistry.builder()
 *     .add(NativeType.BIGINT, Money.class, moneyCodec)
 *     .build();
 * Session session = Session.builder().codecs(codecs).connect();
 * }</pre>
 */
public final class CodecRegistry {
  private static final int MAX_CACHED = 10_000;

  private record Key(CqlType type, Type javaType) {}

  private final Map<Key, Codec<?>> own;
  private final Map<Key, Codec<?>> found = new ConcurrentHashMap<>();
  private final Map<CqlType, Codec<?>> natural = new ConcurrentHashMap<>();

  private CodecRegistry(Map<Key, Codec<?>> own) {
    this.own = Map.copyOf(own);
  }

  /** A registry without further codecs. */
  public static CodecRegistry standard() {
    return new CodecRegistry(Map.of());
  }

  /** A registry to be given further codecs. */
  public static Builder builder() {
    return new Builder();
  }

  /** Gathers codecs. */
  public static final class Builder {
    private final Map<Key, Codec<?>> codecs = new ConcurrentHashMap<>();

    private Builder() {}

    /** Uses a codec between a CQL type and a Java type, also inside of collections and UDTs. */
    public <T> Builder add(CqlType type, Class<T> javaType, Codec<T> codec) {
      codecs.put(new Key(type.freeze(), javaType), codec);
      return this;
    }

    /** The registry. */
    public CodecRegistry build() {
      return new CodecRegistry(codecs);
    }
  }

  /**
   * The codec between a CQL type and a class.
   *
   * @throws CodecException if there is none
   */
  @SuppressWarnings("unchecked")
  public <T> Codec<T> find(CqlType type, Class<T> javaType) {
    return (Codec<T>) find(type, (Type) javaType);
  }

  /**
   * The codec between a CQL type and a Java type, which may have arguments, such as {@code
   * List<UUID>}.
   *
   * @throws CodecException if there is none
   */
  public Codec<?> find(CqlType type, Type javaType) {
    Key key = new Key(type, javaType);
    Codec<?> codec = found.get(key);
    if (codec == null) {
      codec = create(type, javaType);
      if (found.size() >= MAX_CACHED) {
        found.clear();
      }
      found.put(key, codec);
    }
    return codec;
  }

  /** The codec to the Java type that is a CQL type's like. */
  @SuppressWarnings("unchecked")
  public Codec<Object> natural(CqlType type) {
    Codec<?> codec = natural.get(type);
    if (codec == null) {
      codec = NativeCodecs.naturalOf(type);
      if (codec == null) {
        codec = PartCodecs.natural(this, type);
      }
      if (natural.size() >= MAX_CACHED) {
        natural.clear();
      }
      natural.put(type, codec);
    }
    return (Codec<Object>) codec;
  }

  /**
   * The wire form of an object as a value of a CQL type; null for null.
   *
   * @throws CodecException if it is not one
   */
  public byte[] encode(CqlType type, Object value) {
    if (value == null) {
      return null;
    }
    if (!own.isEmpty()) {
      Codec<?> codec = own.get(new Key(type.freeze(), value.getClass()));
      if (codec != null) {
        return encodeWith(codec, value);
      }
    }
    switch (type.kind()) {
      case TEXT:
        if (value instanceof String text) {
          return Bytes.ofText(text);
        }
        break;
      case INT:
        if (value instanceof Integer number) {
          return Bytes.ofInt(number);
        }
        break;
      case BIGINT, COUNTER:
        if (value instanceof Long number) {
          return Bytes.ofLong(number);
        }
        break;
      case BLOB:
        if (value instanceof byte[] bytes) {
          return bytes;
        }
        break;
      case LIST, SET, MAP, TUPLE, UDT, VECTOR:
        return PartCodecs.encode(this, type, value);
      default:
        break;
    }
    return encodeWith(find(type, (Type) value.getClass()), value);
  }

  @SuppressWarnings("unchecked")
  private static byte[] encodeWith(Codec<?> codec, Object value) {
    return ((Codec<Object>) codec).encode(value);
  }

  private Codec<?> create(CqlType type, Type javaType) {
    Codec<?> ours = own.get(new Key(type.freeze(), javaType));
    if (ours != null) {
      return ours;
    }
    Class<?> raw = ScalarCodecs.boxed(rawType(javaType));
    if (raw == Object.class) {
      return natural(type);
    }
    Codec<?> codec =
        NativeCodecs.naturalOf(type) != null
            ? ScalarCodecs.find(type, raw)
            : PartCodecs.find(this, type, raw, arguments(javaType));
    if (codec == null) {
      throw new CodecException(
          "No codec between " + type.cqlName() + " and " + javaType.getTypeName());
    }
    return codec;
  }

  private static Class<?> rawType(Type type) {
    if (type instanceof Class<?> simple) {
      return simple;
    }
    if (type instanceof ParameterizedType parameterized) {
      return (Class<?>) parameterized.getRawType();
    }
    return Object.class;
  }

  private static List<Type> arguments(Type type) {
    List<Type> arguments = new ArrayList<>();
    if (type instanceof ParameterizedType parameterized) {
      arguments.addAll(List.of(parameterized.getActualTypeArguments()));
    }
    while (arguments.size() < 2) {
      arguments.add(Object.class);
    }
    return arguments;
  }
}
