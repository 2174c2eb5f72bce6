package io.ilion.tools.load.format;

/**
 * JSON objects: one on each line, or the elements of one array.
 *
 * @param array whether they are elements of an array
 */
public record JsonFormat(boolean array) implements RecordFormat {
  /** An object on each line. */
  public static final JsonFormat LINES = new JsonFormat(false);

  /** Elements of an array, over as many lines as they like. */
  public static final JsonFormat ARRAY = new JsonFormat(true);

  @Override
  public int recordEnd(byte[] bytes, int at, int to, boolean last) {
    return array ? elementEnd(bytes, at, to, last) : lineEnd(bytes, at, to, last);
  }

  @Override
  public int recordStart(byte[] bytes, int at, int end) {
    int start = at;
    while (start < end && (array ? isBetween(bytes[start]) : bytes[start] <= ' ')) {
      start++;
    }
    return start;
  }

  private static int lineEnd(byte[] bytes, int at, int to, boolean last) {
    for (int i = at; i < to; i++) {
      if (bytes[i] == '\n') {
        return i + 1;
      }
    }
    return last ? to : INCOMPLETE;
  }

  /** Behind an object, its comma included; what is no object ends with its line. */
  private static int elementEnd(byte[] bytes, int at, int to, boolean last) {
    int start = ARRAY.recordStart(bytes, at, to);
    if (start == to) {
      return last ? to : INCOMPLETE;
    }
    if (bytes[start] != '{') {
      return lineEnd(bytes, start, to, last);
    }
    int depth = 0;
    boolean text = false;
    for (int i = start; i < to; i++) {
      byte b = bytes[i];
      if (text) {
        if (b == '\\') {
          i++;
        } else if (b == '"') {
          text = false;
        }
      } else if (b == '"') {
        text = true;
      } else if (b == '{' || b == '[') {
        depth++;
      } else if ((b == '}' || b == ']') && --depth == 0) {
        return i + 1;
      }
    }
    return INCOMPLETE;
  }

  /** Whether a byte may stand between elements of an array. */
  private static boolean isBetween(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t' || b == ',' || b == '[' || b == ']';
  }
}
