package io.ilion.model.type;

import io.ilion.model.CqlException;
import java.util.List;

/**
 * A CQL type: knows how to encode, decode, compare, validate, parse and print its values.
 *
 * <p>Values are {@code byte[]} in the wire form of the native protocol; null is CQL's null and is
 * never passed to a type unless a method says so. Types are immutable and compared by value; every
 * method is free of side effects. Methods that are given bytes or text from outside throw {@link
 * CqlException} with code INVALID and Cassandra's message.
 */
public abstract sealed class CqlType
    permits NativeType, CollectionType, TupleType, VectorType, CustomType {

  /** How well a value of one type fits where another type is expected. */
  public enum Assignment {
    /** The types are the same. */
    EXACT,
    /** The value can be taken as it is. */
    WEAK,
    /** The value cannot be used. */
    NOT;

    /** Says whether the value can be used at all. */
    public boolean isAssignable() {
      return this != NOT;
    }
  }

  /** The kind of a type with its number in the native protocol. */
  public enum Kind {
    CUSTOM(0x00),
    ASCII(0x01),
    BIGINT(0x02),
    BLOB(0x03),
    BOOLEAN(0x04),
    COUNTER(0x05),
    DECIMAL(0x06),
    DOUBLE(0x07),
    FLOAT(0x08),
    INT(0x09),
    TIMESTAMP(0x0B),
    UUID(0x0C),
    TEXT(0x0D),
    VARINT(0x0E),
    TIMEUUID(0x0F),
    INET(0x10),
    DATE(0x11),
    TIME(0x12),
    SMALLINT(0x13),
    TINYINT(0x14),
    DURATION(0x15),
    LIST(0x20),
    MAP(0x21),
    SET(0x22),
    UDT(0x30),
    TUPLE(0x31),
    /** Sent as a custom type. */
    VECTOR(0x00),
    /** The type without values; sent as a custom type. */
    EMPTY(0x00);

    private final int protocolId;

    Kind(int protocolId) {
      this.protocolId = protocolId;
    }

    /** Returns the option id of the type in the native protocol; 0 means custom class. */
    public int protocolId() {
      return protocolId;
    }
  }

  private final Kind kind;

  CqlType(Kind kind) {
    this.kind = kind;
  }

  /** Returns the kind of this type. */
  public final Kind kind() {
    return kind;
  }

  /**
   * Returns the name of this type in CQL as Cassandra prints it, such as {@code frozen<list<int>>}.
   */
  public abstract String cqlName();

  /**
   * Returns the name as a full marshal class, {@code org.apache.cassandra.db.marshal.Int32Type}.
   */
  public abstract String className();

  /** The class name inside a frozen type, where freezing is not written again. */
  String classNameInsideFrozen() {
    return className();
  }

  /** Says whether the values of this type consist of cells of their own. */
  public boolean isMultiCell() {
    return false;
  }

  /** Says whether this is a frozen collection, or a frozen UDT or a tuple. */
  public boolean isFrozen() {
    return false;
  }

  /** Returns this type and every type inside it as frozen. */
  public CqlType freeze() {
    return this;
  }

  /** Returns this collection or UDT with cells of its own; other types return themselves. */
  public CqlType asMultiCell() {
    return this;
  }

  /** Returns the element types: of a map key and value, of a UDT its field types. */
  public List<CqlType> componentTypes() {
    return List.of();
  }

  /** Says whether this is a list, a set or a map. */
  public final boolean isCollection() {
    return kind == Kind.LIST || kind == Kind.SET || kind == Kind.MAP;
  }

  /** Says whether this is the counter type. */
  public final boolean isCounter() {
    return kind == Kind.COUNTER;
  }

  /** Says whether this is a UDT. */
  public final boolean isUdt() {
    return kind == Kind.UDT;
  }

  /** Says whether this is a tuple (a UDT is not). */
  public final boolean isTuple() {
    return kind == Kind.TUPLE;
  }

  /** Says whether this is a vector. */
  public final boolean isVector() {
    return kind == Kind.VECTOR;
  }

  /** Returns the length of every (non-empty) value in bytes, or -1 when it varies. */
  public int fixedLength() {
    return -1;
  }

  /** Says whether a value of zero bytes is valid. */
  public boolean allowsEmpty() {
    return false;
  }

  /** Says whether a value of zero bytes is only another way to write null (as for numbers). */
  public boolean isEmptyMeaningless() {
    return false;
  }

  /** Says whether this type or one inside it is a duration. */
  public final boolean referencesDuration() {
    return kind == Kind.DURATION || componentTypes().stream().anyMatch(CqlType::referencesDuration);
  }

  /** Says whether this type or one inside it is the counter type. */
  public final boolean referencesCounter() {
    return kind == Kind.COUNTER || componentTypes().stream().anyMatch(CqlType::referencesCounter);
  }

  /** Says whether this type or one inside it is the UDT of this name. */
  public boolean referencesUserType(String keyspace, String name) {
    return componentTypes().stream().anyMatch(t -> t.referencesUserType(keyspace, name));
  }

  /** Returns this type with every mention of the UDT of the same name replaced by {@code type}. */
  public CqlType withUpdatedUserType(UserType type) {
    return this;
  }

  /**
   * Checks that the bytes are a value of this type.
   *
   * @throws CqlException INVALID with Cassandra's message
   */
  public abstract void validate(byte[] value);

  /**
   * Returns a valid value as it is stored: the elements of a set or map in their order, each once.
   * A client may send them otherwise.
   */
  public byte[] ordered(byte[] value) {
    return value;
  }

  /** Returns the Java object for a value; null for null and for an empty meaningless value. */
  public abstract Object decode(byte[] value);

  /**
   * Returns the wire form of a Java object as {@link #decode} gives it; null for null.
   *
   * @throws CqlException INVALID when the object is of a wrong class or out of range
   */
  public abstract byte[] encode(Object value);

  /** Compares two valid values, neither null, in Cassandra's order. */
  public abstract int compare(byte[] left, byte[] right);

  /** Returns a value as CQL text, such as {@code 'it''s'} or {@code [1, 2]}; null gives "null". */
  public abstract String toCqlLiteral(byte[] value);

  /** Returns a value as Cassandra's JSON text; null gives "null". */
  public abstract String toJson(byte[] value);

  /**
   * Returns the value of a parsed JSON value: Map, List, String, Number, Boolean or null.
   *
   * @return the wire form, null for null
   * @throws CqlException INVALID with Cassandra's message
   */
  public abstract byte[] fromJson(Object parsed);

  /**
   * Returns the value of the text of a string literal, without its quotes.
   *
   * @throws CqlException INVALID with Cassandra's message
   */
  public abstract byte[] fromString(String text);

  /** Returns a value as plain text, without quotes; the inverse of {@link #fromString}. */
  public abstract String toText(byte[] value);

  /**
   * Appends the byte-comparable form of a value that is neither null nor empty: prefix-free, and
   * unsigned lexicographic order of the bytes is {@link #compare}.
   */
  public abstract void writeComparable(byte[] value, ByteSink out);

  /** Reads back what {@link #writeComparable} wrote (numbers in their canonical form). */
  public abstract byte[] readComparable(ComparableReader in);

  /** Says how a value of type {@code other} fits where this type is expected. */
  public Assignment assignmentFrom(CqlType other) {
    if (equals(other)) {
      return Assignment.EXACT;
    }
    return isValueCompatibleWith(other) ? Assignment.WEAK : Assignment.NOT;
  }

  /** Says whether every value of {@code previous} is also a value of this type. */
  public boolean isValueCompatibleWith(CqlType previous) {
    return equals(previous);
  }

  /**
   * Says whether this type can replace {@code previous} in stored data: same values, same order.
   */
  public boolean isCompatibleWith(CqlType previous) {
    return equals(previous);
  }

  @Override
  public abstract boolean equals(Object other);

  @Override
  public abstract int hashCode();

  @Override
  public final String toString() {
    return cqlName();
  }
}
