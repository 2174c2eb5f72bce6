package io.ilion.cql.term;

import io.ilion.cql.ast.Term;
import io.ilion.cql.ast.Term.LiteralKind;
import io.ilion.model.CqlException;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.CqlType.Assignment;
import io.ilion.model.type.CqlType.Kind;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.NumberText;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;

/** What literals are by themselves and which types take them. */
final class Literals {
  private static final Map<LiteralKind, Set<Kind>> TAKERS =
      new EnumMap<>(
          Map.of(
              LiteralKind.STRING,
              EnumSet.of(Kind.ASCII, Kind.TEXT, Kind.INET, Kind.DATE, Kind.TIME, Kind.TIMESTAMP),
              LiteralKind.INTEGER,
              EnumSet.of(
                  Kind.BIGINT,
                  Kind.COUNTER,
                  Kind.DATE,
                  Kind.DECIMAL,
                  Kind.DOUBLE,
                  Kind.DURATION,
                  Kind.FLOAT,
                  Kind.INT,
                  Kind.SMALLINT,
                  Kind.TIME,
                  Kind.TIMESTAMP,
                  Kind.TINYINT,
                  Kind.VARINT),
              LiteralKind.FLOAT,
              EnumSet.of(Kind.DECIMAL, Kind.DOUBLE, Kind.FLOAT),
              LiteralKind.BOOLEAN,
              EnumSet.of(Kind.BOOLEAN),
              LiteralKind.DURATION,
              EnumSet.of(Kind.DURATION),
              LiteralKind.UUID,
              EnumSet.of(Kind.UUID, Kind.TIMEUUID),
              LiteralKind.HEX,
              EnumSet.of(Kind.BLOB)));

  private Literals() {}

  static Assignment test(Term.Literal literal, CqlType receiver) {
    if (receiver.isCollection() || receiver.isUdt() || receiver.isVector()) {
      return Assignment.NOT;
    }
    // A tuple takes its text form, as in Cassandra.
    if (receiver.kind() == Kind.CUSTOM || receiver.isTuple()) {
      return Assignment.WEAK;
    }
    if (receiver.equals(preferredType(literal))) {
      return Assignment.EXACT;
    }
    return TAKERS.get(literal.kind()).contains(receiver.kind()) ? Assignment.WEAK : Assignment.NOT;
  }

  /** The type that a literal has where nothing says otherwise. */
  static CqlType preferredType(Term.Literal literal) {
    return switch (literal.kind()) {
      case STRING ->
          StandardCharsets.US_ASCII.newEncoder().canEncode(literal.text())
              ? NativeType.ASCII
              : NativeType.TEXT;
      case INTEGER -> {
        if (literal.text().length() > NumberText.MOST_CHARACTERS) {
          yield NativeType.VARINT;
        }
        BigInteger value = NumberText.integer(literal.text());
        yield value.bitLength() < 32
            ? NativeType.INT
            : value.bitLength() < 64 ? NativeType.BIGINT : NativeType.VARINT;
      }
      case FLOAT -> {
        String text = literal.text();
        if (text.toLowerCase(java.util.Locale.ROOT).contains("nan") || text.contains("nfinity")) {
          yield NativeType.DOUBLE;
        }
        if (text.length() > NumberText.MOST_CHARACTERS) {
          yield NativeType.DECIMAL;
        }
        BigDecimal exact = NumberText.decimal(text);
        double nearest = exact.doubleValue();
        yield Double.isInfinite(nearest) || BigDecimal.valueOf(nearest).compareTo(exact) != 0
            ? NativeType.DECIMAL
            : NativeType.DOUBLE;
      }
      case BOOLEAN -> NativeType.BOOLEAN;
      case DURATION -> NativeType.DURATION;
      case UUID -> NativeType.UUID;
      case HEX -> NativeType.BLOB;
    };
  }

  /** The type of a literal that can be nothing else, or null. */
  static CqlType exactType(Term.Literal literal) {
    return switch (literal.kind()) {
      case STRING, INTEGER, FLOAT -> null;
      case BOOLEAN, DURATION, UUID, HEX -> preferredType(literal);
    };
  }

  static PreparedTerm prepare(Term.Literal literal, Receiver receiver) {
    if (test(literal, receiver.type()) == Assignment.NOT) {
      throw CqlException.invalid(
          "Invalid %s constant (%s) for \"%s\" of type %s",
          literal.kind(), literal.text(), receiver.name(), receiver.type().cqlName());
    }
    CqlType type = receiver.type();
    if (type.kind() == Kind.BLOB) {
      String digits = literal.text().substring(2);
      if (digits.length() % 2 != 0) {
        throw CqlException.invalid("cannot parse '%s' as hex bytes", digits);
      }
      return new PreparedTerm.Constant(type, HexFormat.of().parseHex(digits));
    }
    return new PreparedTerm.Constant(type, type.fromString(literal.text()));
  }
}
