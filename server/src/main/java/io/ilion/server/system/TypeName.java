package io.ilion.server.system;

import io.ilion.model.type.CqlType;
import io.ilion.model.type.ListType;
import io.ilion.model.type.MapType;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.SetType;
import io.ilion.model.type.TupleType;
import java.util.ArrayList;
import java.util.List;

/** Reads the types of the system's columns, as {@link CqlType#cqlName} writes them. */
final class TypeName {
  private final String text;
  private int at;

  private TypeName(String text) {
    this.text = text;
  }

  /** The type of a name such as {@code frozen<map<text, blob>>}. */
  static CqlType parse(String text) {
    TypeName name = new TypeName(text);
    CqlType type = name.type(true);
    if (name.at != text.length()) {
      throw new IllegalArgumentException("no type: " + text);
    }
    return type;
  }

  private CqlType type(boolean multiCell) {
    int start = at;
    while (at < text.length() && Character.isLetter(text.charAt(at))) {
      at++;
    }
    String word = text.substring(start, at);
    NativeType known = NativeType.byName(word);
    if (known != null) {
      return known;
    }
    if (word.equals("frozen")) {
      return parameters().get(0);
    }
    List<CqlType> inner = parameters();
    return switch (word) {
      case "list" -> new ListType(inner.get(0), multiCell);
      case "set" -> new SetType(inner.get(0), multiCell);
      case "map" -> new MapType(inner.get(0), inner.get(1), multiCell);
      case "tuple" -> new TupleType(inner);
      default -> throw new IllegalArgumentException("no type: " + text);
    };
  }

  private List<CqlType> parameters() {
    List<CqlType> types = new ArrayList<>();
    char end;
    do {
      // Behind '<' or ',' and, after the latter, a space.
      at++;
      while (text.charAt(at) == ' ') {
        at++;
      }
      types.add(type(false));
      end = text.charAt(at);
    } while (end == ',');
    at++;
    return types;
  }
}
