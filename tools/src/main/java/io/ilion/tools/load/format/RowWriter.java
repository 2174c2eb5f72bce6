package io.ilion.tools.load.format;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;

/**
 * Appends records as delimited text or as JSON. One for each thread; the text is taken in blocks.
 */
public final class RowWriter {
  private final CsvFormat csv;
  private final boolean quoteAll;
  private final Charset charset;
  private final StringBuilder text = new StringBuilder(1 << 14);
  private int fields;

  /** A writer of CSV, or of JSON if {@code csv} is null. */
  public RowWriter(CsvFormat csv, boolean quoteAll, Charset charset) {
    this.csv = csv;
    this.quoteAll = quoteAll;
    this.charset = charset;
  }

  /** Begins a record. */
  public void begin() {
    fields = 0;
    if (csv == null) {
      text.append('{');
    }
  }

  /**
   * Appends a field of CSV.
   *
   * @param isNull whether it stands for null, and so is never in quotes
   * @param nullText what stands for null: a text that is the same has quotes
   */
  public void field(String value, boolean isNull, String nullText) {
    if (fields++ > 0) {
      text.append((char) csv.delimiter());
    }
    if (isNull || csv.quote() == 0 || !(quoteAll || needsQuotes(value, nullText))) {
      text.append(value);
      return;
    }
    char quote = (char) csv.quote();
    char escape = (char) (csv.escape() == 0 ? csv.quote() : csv.escape());
    text.append(quote);
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == quote || c == escape) {
        text.append(escape);
      }
      text.append(c);
    }
    text.append(quote);
  }

  private boolean needsQuotes(String value, String nullText) {
    if (value.equals(nullText) || value.isEmpty()) {
      return true;
    }
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == csv.delimiter()
          || c == csv.quote()
          || c == '\n'
          || c == '\r'
          || (csv.escape() != 0 && c == csv.escape())) {
        return true;
      }
    }
    char first = value.charAt(0);
    char last = value.charAt(value.length() - 1);
    return first == ' ' || last == ' ' || first == '\t' || last == '\t';
  }

  /** Appends a field of JSON; both are JSON already. */
  public void json(String name, String value) {
    if (fields++ > 0) {
      text.append(", ");
    }
    text.append(name).append(": ").append(value);
  }

  /** Ends a record; JSON elements of an array have a comma before all but the first of a file. */
  public void end() {
    text.append(csv == null ? "}\n" : "\n");
  }

  /** How much text there is, in characters. */
  public int size() {
    return text.length();
  }

  /** Takes what was written. */
  public byte[] take() {
    ByteBuffer bytes = charset.encode(java.nio.CharBuffer.wrap(text));
    text.setLength(0);
    byte[] array = new byte[bytes.remaining()];
    bytes.get(array);
    return array;
  }
}
