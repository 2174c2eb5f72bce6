package io.ilion.tools.load.codec;

import io.ilion.model.type.CollectionType;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.TupleType;
import io.ilion.model.type.UserType;
import io.ilion.model.type.VectorType;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads collections, tuples, UDTs and vectors from text: as JSON ({@code {"a": [1, 2]}}), as CQL
 * ({@code {'a': [1, 2]}}) or as cqlsh's COPY writes them. What stands within is read as the text of
 * a field of its type, in quotes or, if it has none of {@code ,:]})}, without.
 */
final class CompositeText {
  private static final int MAX_DEPTH = 64;

  private final FieldFormats formats;

  CompositeText(FieldFormats formats) {
    this.formats = formats;
  }

  byte[] read(CqlType type, String text) {
    Cursor cursor = new Cursor(text);
    byte[] value = cursor.value(type, false, 0);
    cursor.skipBlanks();
    if (cursor.at < text.length()) {
      throw cursor.wrong(type, "text stands behind its end");
    }
    return value;
  }

  private static boolean isComposite(CqlType type) {
    return switch (type.kind()) {
      case LIST, SET, MAP, TUPLE, UDT, VECTOR -> true;
      default -> false;
    };
  }

  private final class Cursor {
    private final String text;
    private int at;

    Cursor(String text) {
      this.text = text;
    }

    FieldException wrong(CqlType type, String reason) {
      String shown = text.length() <= 60 ? text : text.substring(0, 60) + "...";
      return new FieldException(
          "'" + shown + "' is no " + type.cqlName() + ": " + reason + ", character " + (at + 1));
    }

    void skipBlanks() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
    }

    char peek() {
      skipBlanks();
      return at < text.length() ? text.charAt(at) : 0;
    }

    /** The value that comes next; null for null. A key ends at a colon. */
    byte[] value(CqlType type, boolean key, int depth) {
      if (depth > MAX_DEPTH) {
        throw wrong(type, "it is nested too deeply");
      }
      char c = peek();
      if (!isComposite(type)) {
        return scalar(type, key);
      }
      if (c == '"' || c == '\'') {
        // JSON writes keys as texts, whatever they are.
        return new Cursor(quoted(type)).whole(type, depth + 1);
      }
      if (c == 'n' && text.startsWith("null", at)) {
        at += 4;
        return null;
      }
      char close =
          switch (c) {
            case '[' -> ']';
            case '{' -> '}';
            case '(' -> ')';
            default -> throw wrong(type, "expected [, { or (");
          };
      at++;
      if (type instanceof UserType udt) {
        return c == '{' ? named(udt, depth) : positional(udt, close, depth);
      }
      if (type instanceof TupleType tuple) {
        return positional(tuple, close, depth);
      }
      List<byte[]> parts = new ArrayList<>();
      boolean map = type.kind() == CqlType.Kind.MAP;
      for (boolean more = peek() != close; more; more = next(type, close)) {
        parts.add(element(type, type.componentTypes().get(0), map, depth));
        if (map) {
          expect(type, ':');
          parts.add(element(type, type.componentTypes().get(1), false, depth));
        }
      }
      expect(type, close);
      if (type instanceof VectorType vector) {
        if (parts.size() != vector.dimensions()) {
          throw wrong(type, "it has " + parts.size() + " elements");
        }
        return vector.compose(parts);
      }
      CollectionType collection = (CollectionType) type;
      return collection.ordered(collection.compose(parts));
    }

    private byte[] whole(CqlType type, int depth) {
      byte[] value = value(type, false, depth);
      if (peek() != 0) {
        throw wrong(type, "text stands behind its end");
      }
      return value;
    }

    private byte[] element(CqlType type, CqlType part, boolean key, int depth) {
      byte[] value = value(part, key, depth + 1);
      if (value == null) {
        throw wrong(type, "there can be no null in it");
      }
      return value;
    }

    private byte[] positional(TupleType type, char close, int depth) {
      List<byte[]> parts = new ArrayList<>();
      for (boolean more = peek() != close; more; more = next(type, close)) {
        if (parts.size() == type.componentTypes().size()) {
          throw wrong(type, "it has more parts than " + parts.size());
        }
        parts.add(value(type.componentTypes().get(parts.size()), false, depth + 1));
      }
      expect(type, close);
      return type.compose(parts);
    }

    private byte[] named(UserType type, int depth) {
      byte[][] parts = new byte[type.fieldNames().size()][];
      for (boolean more = peek() != '}'; more; more = next(type, '}')) {
        String name = word(type, true);
        int index = type.fieldNames().indexOf(name);
        if (index < 0) {
          throw wrong(type, "it has no field " + name);
        }
        expect(type, ':');
        parts[index] = value(type.componentTypes().get(index), false, depth + 1);
      }
      expect(type, '}');
      return type.compose(java.util.Arrays.asList(parts));
    }

    /** Whether there is one more behind a comma. */
    private boolean next(CqlType type, char close) {
      char c = peek();
      if (c == ',') {
        at++;
        return true;
      }
      if (c != close) {
        throw wrong(type, "expected , or " + close);
      }
      return false;
    }

    private void expect(CqlType type, char c) {
      if (peek() != c) {
        throw wrong(type, "expected " + c);
      }
      at++;
    }

    private byte[] scalar(CqlType type, boolean key) {
      char c = peek();
      boolean quoted = c == '"' || c == '\'';
      String word = word(type, key);
      if (!quoted && word.equals("null")) {
        return null;
      }
      WireBuffer out = new WireBuffer(32);
      FieldCodecs.of(type, formats).encode(word, out);
      int length = out.intAt(0);
      return length < 0 ? null : java.util.Arrays.copyOfRange(out.array(), 4, 4 + length);
    }

    private String word(CqlType type, boolean key) {
      char c = peek();
      if (c == '"' || c == '\'') {
        return quoted(type);
      }
      int start = at;
      while (at < text.length() && !ends(text.charAt(at), key)) {
        at++;
      }
      if (at == start) {
        throw wrong(type, "a value is missing");
      }
      return text.substring(start, at).strip();
    }

    private static boolean ends(char c, boolean key) {
      return c == ',' || c == ']' || c == '}' || c == ')' || (key && c == ':');
    }

    /** A text in quotes: a doubled quote is one, and JSON's escapes are known. */
    private String quoted(CqlType type) {
      char quote = text.charAt(at++);
      StringBuilder out = new StringBuilder();
      while (at < text.length()) {
        char c = text.charAt(at++);
        if (c == quote) {
          if (at < text.length() && text.charAt(at) == quote) {
            at++;
          } else {
            return out.toString();
          }
        } else if (c == '\\' && quote == '"' && at < text.length()) {
          c = escaped(type, text.charAt(at++));
        }
        out.append(c);
      }
      throw wrong(type, "a quote is not closed");
    }

    private char escaped(CqlType type, char c) {
      switch (c) {
        case 'n':
          return '\n';
        case 't':
          return '\t';
        case 'r':
          return '\r';
        case 'b':
          return '\b';
        case 'f':
          return '\f';
        case 'u':
          try {
            at += 4;
            return (char) Integer.parseInt(text, at - 4, at, 16);
          } catch (IndexOutOfBoundsException | NumberFormatException e) {
            FieldException wrong = wrong(type, "a \\u needs four digits");
            wrong.addSuppressed(e);
            throw wrong;
          }
        default:
          return c;
      }
    }
  }
}
