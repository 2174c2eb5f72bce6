package io.ilion.driver.codec;

import io.ilion.model.type.CqlType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Date;
import java.util.Map;

/** Which Java classes a type without parts can be: its like, wider numbers, and a few more. */
final class ScalarCodecs {
  private static final Map<Class<?>, Class<?>> BOXES =
      Map.of(
          int.class, Integer.class,
          long.class, Long.class,
          short.class, Short.class,
          byte.class, Byte.class,
          boolean.class, Boolean.class,
          float.class, Float.class,
          double.class, Double.class,
          char.class, Character.class);

  private ScalarCodecs() {}

  static Class<?> boxed(Class<?> type) {
    return BOXES.getOrDefault(type, type);
  }

  /** The codec between a type and a class, or null. */
  static Codec<?> find(CqlType type, Class<?> raw) {
    CqlType.Kind kind = type.kind();
    if (Number.class.isAssignableFrom(raw) && NumberCodec.isNumber(kind)) {
      return NumberCodec.between(type, raw);
    }
    switch (kind) {
      case ASCII, TEXT:
        return raw.isEnum() ? enumCodec(raw) : same(raw, String.class, type);
      case BOOLEAN:
        return same(raw, Boolean.class, type);
      case BLOB, CUSTOM, EMPTY:
        return ByteBuffer.class.isAssignableFrom(raw)
            ? NativeCodecs.BUFFER
            : same(raw, byte[].class, type);
      case UUID, TIMEUUID:
        return same(raw, java.util.UUID.class, type);
      case TIMESTAMP:
        return raw == Date.class
            ? Codec.<Date>of(
                value -> Bytes.ofLong(value.getTime()),
                (bytes, at, length) -> {
                  Instant instant = NativeCodecs.TIMESTAMP.decode(bytes, at, length);
                  return instant == null ? null : Date.from(instant);
                })
            : same(raw, Instant.class, type);
      case DATE:
        return same(raw, java.time.LocalDate.class, type);
      case TIME:
        return same(raw, java.time.LocalTime.class, type);
      case INET:
        return InetAddress.class.isAssignableFrom(raw) ? NativeCodecs.INET : null;
      case DURATION:
        return same(raw, io.ilion.model.type.CqlDuration.class, type);
      case INT, BIGINT, COUNTER, SMALLINT, TINYINT, FLOAT, DOUBLE, VARINT, DECIMAL:
      default:
        return null;
    }
  }

  private static Codec<?> same(Class<?> asked, Class<?> natural, CqlType type) {
    return asked == natural ? NativeCodecs.naturalOf(type) : null;
  }

  private static Codec<?> enumCodec(Class<?> raw) {
    Object[] constants = raw.getEnumConstants();
    return Codec.<Enum<?>>of(
        value -> Bytes.ofText(value.name()),
        (bytes, at, length) -> {
          String name = Bytes.textAt(bytes, at, length);
          for (Object constant : constants) {
            if (((Enum<?>) constant).name().equals(name)) {
              return (Enum<?>) constant;
            }
          }
          throw new CodecException("'" + name + "' is no constant of " + raw.getName());
        });
  }

  /** Numbers of one type as another: whatever fits, and an error for what does not. */
  private static final class NumberCodec {
    private NumberCodec() {}

    static boolean isNumber(CqlType.Kind kind) {
      return switch (kind) {
        case INT, BIGINT, COUNTER, SMALLINT, TINYINT, FLOAT, DOUBLE, VARINT, DECIMAL -> true;
        default -> false;
      };
    }

    static Codec<?> between(CqlType type, Class<?> raw) {
      Codec<?> natural = NativeCodecs.naturalOf(type);
      if (naturalClass(type.kind()) == raw) {
        return natural;
      }
      @SuppressWarnings("unchecked")
      Codec<Number> own = (Codec<Number>) natural;
      return Codec.<Number>of(
          value -> own.encode(convert(value, naturalClass(type.kind()))),
          (bytes, at, length) -> {
            Number value = own.decode(bytes, at, length);
            return value == null ? null : convert(value, raw);
          });
    }

    private static Class<?> naturalClass(CqlType.Kind kind) {
      return switch (kind) {
        case INT -> Integer.class;
        case SMALLINT -> Short.class;
        case TINYINT -> Byte.class;
        case FLOAT -> Float.class;
        case DOUBLE -> Double.class;
        case VARINT -> BigInteger.class;
        case DECIMAL -> BigDecimal.class;
        default -> Long.class;
      };
    }

    private static Number convert(Number value, Class<?> to) {
      try {
        if (to == Double.class) {
          return exactly(value, value.doubleValue());
        }
        if (to == Float.class) {
          return exactly(value, value.floatValue());
        }
        BigDecimal number = exact(value);
        if (to == BigDecimal.class) {
          return number;
        }
        BigInteger whole = number.toBigIntegerExact();
        if (to == BigInteger.class || to == Number.class) {
          return whole;
        }
        if (to == Long.class) {
          return whole.longValueExact();
        }
        if (to == Integer.class) {
          return whole.intValueExact();
        }
        if (to == Short.class) {
          return whole.shortValueExact();
        }
        if (to == Byte.class) {
          return whole.byteValueExact();
        }
      } catch (ArithmeticException | NumberFormatException e) {
        throw misfit(value, to);
      }
      throw misfit(value, to);
    }

    private static CodecException misfit(Number value, Class<?> to) {
      return new CodecException(value + " is no value of " + to.getSimpleName());
    }

    private static BigDecimal exact(Number value) {
      if (value instanceof BigDecimal decimal) {
        return decimal;
      }
      if (value instanceof BigInteger whole) {
        return new BigDecimal(whole);
      }
      if (value instanceof Double || value instanceof Float) {
        return BigDecimal.valueOf(value.doubleValue());
      }
      return BigDecimal.valueOf(value.longValue());
    }

    /** A floating number for another number, if nothing gets lost. */
    private static Number exactly(Number from, Number to) {
      double floating = to.doubleValue();
      boolean fromFloating = from instanceof Double || from instanceof Float;
      if (fromFloating
          ? Double.compare(from.doubleValue(), floating) == 0
          : new BigDecimal(floating).compareTo(exact(from)) == 0) {
        return to;
      }
      throw misfit(from, to.getClass());
    }
  }
}
