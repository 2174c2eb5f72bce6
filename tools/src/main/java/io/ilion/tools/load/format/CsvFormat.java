package io.ilion.tools.load.format;

import io.ilion.tools.console.ToolException;

/**
 * Delimited text, RFC 4180 and what is near to it, read in place from UTF-8.
 *
 * <p>A field that begins with a quote ends with one; in it delimiters and ends of lines are text. A
 * quote within it is written as escape and quote: the escape is the quote itself (doubled) or
 * another character, such as cqlsh's backslash, which then makes text of whatever stands behind it,
 * in quotes or not. Lines end with LF or CR LF. A quote elsewhere than at the start of a field is
 * text.
 *
 * @param delimiter between fields
 * @param quote around fields; 0 for none
 * @param escape before a quote within a field; 0 for none
 * @param trim whether blanks around fields that are not in quotes are left out
 */
public record CsvFormat(byte delimiter, byte quote, byte escape, boolean trim)
    implements RecordFormat {
  /** Commas, quotes that are doubled: RFC 4180. */
  public static final CsvFormat STANDARD = new CsvFormat((byte) ',', (byte) '"', (byte) '"', false);

  /**
   * A format of characters; {@code \t} may be written as it is here.
   *
   * @throws ToolException if one is not a single ASCII character
   */
  public static CsvFormat of(String delimiter, String quote, String escape, boolean trim) {
    CsvFormat format =
        new CsvFormat(
            character(delimiter, "--delimiter"),
            character(quote, "--quote"),
            character(escape, "--escape"),
            trim);
    if (format.delimiter == 0 || format.delimiter == format.quote) {
      throw ToolException.wrongUse("a delimiter is needed, other than the quote");
    }
    return format;
  }

  private static byte character(String text, String flag) {
    return switch (text) {
      case "", "none" -> 0;
      case "\\t", "tab" -> '\t';
      default -> {
        if (text.length() != 1 || text.charAt(0) >= 0x80 || text.charAt(0) == '\n') {
          throw ToolException.wrongUse(flag + " " + text + ": expected one ASCII character");
        }
        yield (byte) text.charAt(0);
      }
    };
  }

  private boolean hasEscape() {
    return escape != 0 && escape != quote;
  }

  @Override
  public int recordEnd(byte[] bytes, int at, int to, boolean last) {
    byte open = quote;
    byte special = hasEscape() ? escape : open;
    boolean quoted = false;
    for (int i = at; i < to; i++) {
      byte b = bytes[i];
      if (b == '\n') {
        if (!quoted) {
          return i + 1;
        }
      } else if (b == open && open != 0) {
        if (quoted) {
          // Doubled or at the end of the field: the next turn opens it again, or does not.
          if (!hasEscape() && i + 1 < to && bytes[i + 1] == open) {
            i++;
          } else {
            quoted = false;
          }
        } else {
          quoted = opens(bytes, at, i);
        }
      } else if (b == special && special != 0) {
        i++;
      }
    }
    return last && !quoted ? to : INCOMPLETE;
  }

  /** Whether a quote is the first of a field. */
  private boolean opens(byte[] bytes, int start, int at) {
    int i = at - 1;
    while (trim && i >= start && isBlank(bytes[i])) {
      i--;
    }
    return i < start || bytes[i] == delimiter;
  }

  private boolean isBlank(byte b) {
    return (b == ' ' || b == '\t') && b != delimiter;
  }

  /**
   * Takes the record from a place up to its end, which {@link #recordEnd} found, apart.
   *
   * @param fields is emptied first; has an error when the record makes no sense
   */
  public void parse(byte[] bytes, int at, int recordEnd, Fields fields) {
    fields.clear();
    int end = recordEnd;
    if (end > at && bytes[end - 1] == '\n') {
      end--;
    }
    if (end > at && bytes[end - 1] == '\r') {
      end--;
    }
    int i = at;
    while (true) {
      if (trim) {
        while (i < end && isBlank(bytes[i])) {
          i++;
        }
      }
      i =
          i < end && quote != 0 && bytes[i] == quote
              ? quotedField(bytes, i + 1, end, fields)
              : plainField(bytes, i, end, fields);
      if (i >= end) {
        return;
      }
      i++;
      if (i == end) {
        fields.add(bytes, end, 0, false);
        return;
      }
    }
  }

  /** Reads up to the delimiter or the end, and returns its place. */
  private int plainField(byte[] bytes, int at, int end, Fields fields) {
    byte stop = delimiter;
    byte special = hasEscape() ? escape : stop;
    int i = at;
    while (i < end && bytes[i] != stop && bytes[i] != special) {
      i++;
    }
    if (i < end && special != stop && bytes[i] == special) {
      return escapedField(bytes, at, end, fields);
    }
    int to = i;
    while (trim && to > at && isBlank(bytes[to - 1])) {
      to--;
    }
    fields.add(bytes, at, to - at, false);
    return i;
  }

  private int escapedField(byte[] bytes, int at, int end, Fields fields) {
    int start = fields.scratchSize();
    int from = at;
    int i = at;
    for (; i < end && bytes[i] != delimiter; i++) {
      if (bytes[i] == escape && i + 1 < end) {
        fields.scratch(bytes, from, i);
        from = ++i;
      }
    }
    fields.scratch(bytes, from, i);
    fields.addScratch(start);
    return i;
  }

  private int quotedField(byte[] bytes, int at, int end, Fields fields) {
    int start = -1;
    int from = at;
    int i = at;
    boolean apart = hasEscape();
    for (; i < end; i++) {
      byte b = bytes[i];
      boolean pair = i + 1 < end && (apart ? b == escape : b == quote && bytes[i + 1] == quote);
      if (pair) {
        start = start < 0 ? fields.scratchSize() : start;
        fields.scratch(bytes, from, i);
        from = ++i;
      } else if (b == quote) {
        break;
      }
    }
    if (i >= end) {
      fields.fail("a quote is not closed");
    }
    if (start < 0) {
      fields.add(bytes, from, i - from, true);
    } else {
      fields.scratch(bytes, from, i);
      fields.addScratch(start);
    }
    int next = i + 1;
    while (trim && next < end && isBlank(bytes[next])) {
      next++;
    }
    if (next < end && bytes[next] != delimiter) {
      fields.fail("text stands behind the closing quote of field " + fields.count());
      while (next < end && bytes[next] != delimiter) {
        next++;
      }
    }
    return next;
  }
}
