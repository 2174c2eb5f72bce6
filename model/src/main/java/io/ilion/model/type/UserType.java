package io.ilion.model.type;

import io.ilion.model.CqlException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** A user-defined type: a tuple whose elements have names; multi-cell unless frozen. */
public final class UserType extends TupleType {
  private final String keyspace;
  private final String name;
  private final List<String> fieldNames;
  private final boolean multiCell;

  /** Makes a user type; the types of its fields are frozen. */
  public UserType(
      String keyspace,
      String name,
      List<String> fieldNames,
      List<CqlType> fieldTypes,
      boolean multiCell) {
    super(Kind.UDT, fieldTypes);
    this.keyspace = keyspace;
    this.name = name;
    this.fieldNames = List.copyOf(fieldNames);
    this.multiCell = multiCell;
  }

  /** The keyspace that it is defined in. */
  public String keyspace() {
    return keyspace;
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /** The names of its fields, in order. */
  public List<String> fieldNames() {
    return fieldNames;
  }

  @Override
  public boolean isMultiCell() {
    return multiCell;
  }

  @Override
  public boolean isFrozen() {
    return !multiCell;
  }

  @Override
  public CqlType freeze() {
    return new UserType(
        keyspace, name, fieldNames, componentTypes().stream().map(CqlType::freeze).toList(), false);
  }

  @Override
  public CqlType asMultiCell() {
    return new UserType(keyspace, name, fieldNames, componentTypes(), true);
  }

  @Override
  public boolean referencesUserType(String otherKeyspace, String otherName) {
    return (keyspace.equals(otherKeyspace) && name.equals(otherName))
        || super.referencesUserType(otherKeyspace, otherName);
  }

  @Override
  public CqlType withUpdatedUserType(UserType type) {
    if (keyspace.equals(type.keyspace) && name.equals(type.name)) {
      return multiCell ? type.asMultiCell() : type.freeze();
    }
    return referencesUserType(type.keyspace, type.name)
        ? new UserType(
            keyspace,
            name,
            fieldNames,
            componentTypes().stream().map(t -> t.withUpdatedUserType(type)).toList(),
            multiCell)
        : this;
  }

  @Override
  public String cqlName() {
    String quoted = quoteIfNeeded(name);
    return multiCell ? quoted : "frozen<" + quoted + ">";
  }

  static String quoteIfNeeded(String identifier) {
    return identifier.matches("[a-z][a-z0-9_]*")
        ? identifier
        : '"' + identifier.replace("\"", "\"\"") + '"';
  }

  @Override
  public String className() {
    return multiCell
        ? bareClassName(multiCell)
        : NativeType.MARSHAL + "FrozenType(" + bareClassName(multiCell) + ")";
  }

  @Override
  String classNameInsideFrozen() {
    return bareClassName(false);
  }

  private String bareClassName(boolean withFreezing) {
    StringBuilder out = new StringBuilder(NativeType.MARSHAL).append("UserType(");
    out.append(keyspace).append(',').append(hex(name));
    for (int i = 0; i < fieldNames.size(); i++) {
      CqlType type = componentTypes().get(i);
      out.append(',').append(hex(fieldNames.get(i))).append(':');
      out.append(withFreezing ? type.className() : type.classNameInsideFrozen());
    }
    return out.append(')').toString();
  }

  @Override
  String word() {
    return "UDT";
  }

  @Override
  String element(int index) {
    return index + "th field " + fieldNames.get(index);
  }

  @Override
  void validateElement(int index, byte[] value) {
    try {
      super.validateElement(index, value);
    } catch (CqlException e) {
      throw CqlException.invalid("Failure validating the %s; %s", element(index), e.getMessage());
    }
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public String toCqlLiteral(byte[] value) {
    if (value == null) {
      return "null";
    }
    List<byte[]> parts = parts(value);
    StringBuilder out = new StringBuilder("{");
    for (int i = 0; i < parts.size(); i++) {
      out.append(i > 0 ? ", " : "").append(quoteIfNeeded(fieldNames.get(i))).append(": ");
      out.append(componentTypes().get(i).toCqlLiteral(parts.get(i)));
    }
    return out.append('}').toString();
  }

  @Override
  public String toJson(byte[] value) {
    if (value == null) {
      return "null";
    }
    List<byte[]> parts = parts(value);
    StringBuilder out = new StringBuilder("{");
    for (int i = 0; i < fieldNames.size(); i++) {
      String field = fieldNames.get(i);
      String key = field.equals(field.toLowerCase(java.util.Locale.US)) ? field : '"' + field + '"';
      out.append(i > 0 ? ", " : "").append(TextFormats.jsonQuote(key)).append(": ");
      out.append(componentTypes().get(i).toJson(i < parts.size() ? parts.get(i) : null));
    }
    return out.append('}').toString();
  }

  @Override
  public byte[] fromJson(Object parsed) {
    if (parsed == null) {
      return null;
    }
    if (!(parsed instanceof Map<?, ?> map)) {
      throw CqlException.invalid(
          "Expected a map, but got a %s: %s", parsed.getClass().getSimpleName(), parsed);
    }
    List<byte[]> parts = new ArrayList<>();
    int known = 0;
    for (int i = 0; i < fieldNames.size(); i++) {
      Object found = null;
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        if (jsonName(String.valueOf(entry.getKey())).equals(fieldNames.get(i))) {
          found = entry.getValue();
          known++;
        }
      }
      parts.add(found == null ? null : componentTypes().get(i).fromJson(found));
    }
    if (known < map.size()) {
      for (Object key : map.keySet()) {
        if (!fieldNames.contains(jsonName(String.valueOf(key)))) {
          throw CqlException.invalid(
              "Unknown field '%s' in value of user defined type %s", key, name);
        }
      }
    }
    return compose(parts);
  }

  /** JSON keys fold to lower case unless they have quotes of their own. */
  public static String jsonName(String key) {
    return key.length() > 1 && key.startsWith("\"") && key.endsWith("\"")
        ? key.substring(1, key.length() - 1)
        : key.toLowerCase(java.util.Locale.US);
  }

  @Override
  public Assignment assignmentFrom(CqlType other) {
    return other instanceof UserType that && that.freeze().equals(freeze())
        ? Assignment.EXACT
        : super.assignmentFrom(other);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof UserType that
        && that.keyspace.equals(keyspace)
        && that.name.equals(name)
        && that.fieldNames.equals(fieldNames)
        && that.multiCell == multiCell
        && that.componentTypes().equals(componentTypes());
  }

  @Override
  public int hashCode() {
    return 31 * keyspace.hashCode() + name.hashCode();
  }
}
