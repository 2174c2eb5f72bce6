package io.ilion.driver.internal;

import io.ilion.model.type.CqlType;
import io.ilion.model.type.CustomType;
import io.ilion.model.type.ListType;
import io.ilion.model.type.MapType;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.SetType;
import io.ilion.model.type.TupleType;
import io.ilion.model.type.TypeParser;
import io.ilion.model.type.UserType;
import io.ilion.model.type.VectorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads the types of a keyspace from their names in CQL, such as {@code frozen<map<text,
 * address>>}. What cannot be read becomes a custom type: a server may have types that this driver
 * does not know.
 */
final class TypeNames {
  private static final int MAX_DEPTH = 32;

  private final String keyspace;
  private final Map<String, SystemQuery.Row> definitions = new HashMap<>();
  private final Map<String, UserType> userTypes = new TreeMap<>();

  TypeNames(String keyspace, List<SystemQuery.Row> typeRows) {
    this.keyspace = keyspace;
    typeRows.forEach(row -> definitions.put(row.text("type_name", ""), row));
  }

  /** All user-defined types of the keyspace. */
  Map<String, UserType> userTypes() {
    definitions.keySet().forEach(name -> userType(name, 0));
    return Map.copyOf(userTypes);
  }

  CqlType parse(String text) {
    return parse(text, 0);
  }

  private CqlType parse(String text, int depth) {
    try {
      Parser parser = new Parser(text, depth);
      CqlType type = parser.type(depth, true);
      if (parser.at == text.length()) {
        return type;
      }
    } catch (RuntimeException e) {
      // Falls through: unknown to us is not wrong.
      return new CustomType(text);
    }
    return new CustomType(text);
  }

  private UserType userType(String name, int depth) {
    UserType known = userTypes.get(name);
    SystemQuery.Row row = definitions.get(name);
    if (known != null || row == null || depth > MAX_DEPTH) {
      return known;
    }
    List<CqlType> fields = new ArrayList<>();
    for (String field : row.texts("field_types")) {
      fields.add(parse(field, depth + 1));
    }
    UserType type = new UserType(keyspace, name, row.texts("field_names"), fields, true);
    userTypes.put(name, type);
    return type;
  }

  private final class Parser {
    private final String text;
    private int at;

    Parser(String text, int depth) {
      if (depth > MAX_DEPTH) {
        throw new IllegalArgumentException("nested too deeply");
      }
      this.text = text;
    }

    CqlType type(int depth, boolean multiCell) {
      if (depth > MAX_DEPTH) {
        throw new IllegalArgumentException("nested too deeply");
      }
      if (peek() == '\'') {
        int end = text.indexOf('\'', at + 1);
        String className = text.substring(at + 1, end);
        at = end + 1;
        return TypeParser.parseClassName(className);
      }
      boolean quoted = peek() == '"';
      String name = name();
      if (peek() != '<') {
        NativeType simple = quoted ? null : NativeType.byName(name);
        if (simple != null) {
          return simple;
        }
        UserType udt = userType(name, depth + 1);
        if (udt == null) {
          throw new IllegalArgumentException("unknown type " + name);
        }
        return multiCell ? udt : udt.freeze();
      }
      at++;
      CqlType type;
      switch (name) {
        case "frozen" -> type = type(depth + 1, false).freeze();
        case "list" -> type = new ListType(type(depth + 1, false), multiCell);
        case "set" -> type = new SetType(type(depth + 1, false), multiCell);
        case "map" -> {
          CqlType key = type(depth + 1, false);
          expect(',');
          type = new MapType(key, type(depth + 1, false), multiCell);
        }
        case "tuple" -> {
          List<CqlType> parts = new ArrayList<>();
          parts.add(type(depth + 1, false));
          while (peek() == ',') {
            at++;
            parts.add(type(depth + 1, false));
          }
          type = new TupleType(parts);
        }
        case "vector" -> {
          CqlType element = type(depth + 1, false);
          expect(',');
          type = new VectorType(element, Integer.parseInt(name()));
        }
        default -> throw new IllegalArgumentException("unknown type " + name);
      }
      expect('>');
      return type;
    }

    private char peek() {
      while (at < text.length() && text.charAt(at) == ' ') {
        at++;
      }
      return at < text.length() ? text.charAt(at) : 0;
    }

    private void expect(char c) {
      if (peek() != c) {
        throw new IllegalArgumentException("expected " + c + " in " + text);
      }
      at++;
    }

    private String name() {
      if (peek() == '"') {
        StringBuilder name = new StringBuilder();
        for (at++; ; at++) {
          if (text.charAt(at) == '"') {
            at++;
            if (at == text.length() || text.charAt(at) != '"') {
              return name.toString();
            }
          }
          name.append(text.charAt(at));
        }
      }
      int start = at;
      while (at < text.length() && "<>, ".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      return text.substring(start, at);
    }
  }
}
