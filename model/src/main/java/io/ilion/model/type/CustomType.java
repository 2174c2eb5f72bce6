package io.ilion.model.type;

import java.util.Arrays;

/** A type that is only known by a class name; its values are blobs. */
public final class CustomType extends CqlType {
  private final String className;

  /** Makes the type of a class name. */
  public CustomType(String className) {
    super(Kind.CUSTOM);
    this.className = className;
  }

  @Override
  public String cqlName() {
    return "'" + className + "'";
  }

  @Override
  public String className() {
    return className;
  }

  @Override
  public boolean allowsEmpty() {
    return true;
  }

  @Override
  public void validate(byte[] value) {
    // Nothing is known of it.
  }

  @Override
  public Object decode(byte[] value) {
    return NativeType.BLOB.decode(value);
  }

  @Override
  public byte[] encode(Object value) {
    return NativeType.BLOB.encode(value);
  }

  @Override
  public int compare(byte[] left, byte[] right) {
    return Arrays.compareUnsigned(left, right);
  }

  @Override
  public String toCqlLiteral(byte[] value) {
    return NativeType.BLOB.toCqlLiteral(value);
  }

  @Override
  public String toJson(byte[] value) {
    return NativeType.BLOB.toJson(value);
  }

  @Override
  public byte[] fromJson(Object parsed) {
    return NativeType.BLOB.fromJson(parsed);
  }

  @Override
  public byte[] fromString(String text) {
    return NativeType.BLOB.fromString(text);
  }

  @Override
  public String toText(byte[] value) {
    return NativeType.BLOB.toText(value);
  }

  @Override
  public void writeComparable(byte[] value, ByteSink out) {
    NativeType.BLOB.writeComparable(value, out);
  }

  @Override
  public byte[] readComparable(ComparableReader in) {
    return NativeType.BLOB.readComparable(in);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CustomType that && that.className.equals(className);
  }

  @Override
  public int hashCode() {
    return className.hashCode();
  }
}
