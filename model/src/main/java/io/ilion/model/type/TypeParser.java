package io.ilion.model.type;

import io.ilion.model.CqlException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Reads types from the names of Cassandra's marshal classes. Nesting is bounded. */
public final class TypeParser {
  private static final int MAX_DEPTH = 32;

  private final String text;
  private int at;

  private TypeParser(String text) {
    this.text = text;
  }

  /**
   * The type of a class name such as {@code org.apache.cassandra.db.marshal.ListType(...)}; the
   * package may be left out. Unknown classes give a {@link CustomType}.
   */
  public static CqlType parseClassName(String text) {
    TypeParser parser = new TypeParser(text.strip());
    CqlType type = parser.type(0, true);
    if (parser.at != parser.text.length()) {
      throw parser.malformed();
    }
    return type;
  }

  private CqlException malformed() {
    String shown = text.length() > 200 ? text.substring(0, 200) + "..." : text;
    return CqlException.syntax(
        "Syntax error parsing '%s' at char %d: unexpected character", shown, at);
  }

  private CqlType type(int depth, boolean multiCell) {
    if (depth > MAX_DEPTH) {
      throw CqlException.syntax("Types are nested more than %d deep", MAX_DEPTH);
    }
    String name = word();
    String simple =
        name.startsWith(NativeType.MARSHAL) ? name.substring(NativeType.MARSHAL.length()) : name;
    NativeType known = NativeType.byClass(simple);
    if (known != null) {
      return known;
    }
    switch (simple) {
      case "ReversedType", "FrozenType" -> {
        expect('(');
        CqlType inner = type(depth + 1, simple.equals("ReversedType") && multiCell);
        expect(')');
        return simple.equals("FrozenType") ? inner.freeze() : inner;
      }
      case "ListType" -> {
        List<CqlType> types = types(depth, 1);
        return new ListType(types.get(0), multiCell);
      }
      case "SetType" -> {
        List<CqlType> types = types(depth, 1);
        return new SetType(types.get(0), multiCell);
      }
      case "MapType" -> {
        List<CqlType> types = types(depth, 2);
        return new MapType(types.get(0), types.get(1), multiCell);
      }
      case "TupleType" -> {
        return new TupleType(types(depth, -1));
      }
      case "VectorType" -> {
        expect('(');
        CqlType element = type(depth + 1, false);
        expect(',');
        int dimensions;
        try {
          dimensions = Integer.parseInt(word());
        } catch (NumberFormatException e) {
          throw malformed();
        }
        expect(')');
        return new VectorType(element, dimensions);
      }
      case "UserType" -> {
        return userType(depth, multiCell);
      }
      default -> {
        if (simple.isEmpty()) {
          throw malformed();
        }
        return new CustomType(name + parameters());
      }
    }
  }

  private CqlType userType(int depth, boolean multiCell) {
    expect('(');
    String keyspace = word();
    expect(',');
    String name = unhex(word());
    List<String> names = new ArrayList<>();
    List<CqlType> types = new ArrayList<>();
    while (peek() == ',') {
      expect(',');
      names.add(unhex(word()));
      expect(':');
      types.add(type(depth + 1, true));
    }
    expect(')');
    return new UserType(keyspace, name, names, types, multiCell);
  }

  private String unhex(String hex) {
    try {
      return new String(HexFormat.of().parseHex(hex), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw malformed();
    }
  }

  private List<CqlType> types(int depth, int count) {
    expect('(');
    List<CqlType> types = new ArrayList<>();
    types.add(type(depth + 1, false));
    while (peek() == ',') {
      expect(',');
      types.add(type(depth + 1, false));
    }
    expect(')');
    if (count >= 0 && types.size() != count) {
      throw malformed();
    }
    return types;
  }

  /** Those of a class that is not known, as they stand there; empty if there are none. */
  private String parameters() {
    if (peek() != '(') {
      return "";
    }
    int from = at;
    int open = 0;
    do {
      char c = peek();
      open += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == 0) {
        throw malformed();
      }
      at++;
    } while (open > 0);
    return text.substring(from, at);
  }

  private char peek() {
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
    return at < text.length() ? text.charAt(at) : 0;
  }

  private void expect(char c) {
    if (peek() != c) {
      throw malformed();
    }
    at++;
  }

  private String word() {
    peek();
    int from = at;
    while (at < text.length() && "(),: ".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    return text.substring(from, at);
  }
}
