package io.ilion.tools.load.run;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * The files of what could not be loaded: one with the records as they were, which can be mended and
 * loaded, and one that says for each, as a line of JSON, where it was and why.
 */
public final class BadRecords implements Closeable {
  private static final int FIRST_SHOWN = 5;

  /**
   * A record that could not be loaded.
   *
   * @param source the file
   * @param line its line in it, from 1
   * @param column the column or field that is wrong, or null
   * @param reason what is wrong
   * @param record the record as it was, without the end of its line
   */
  public record Bad(String source, long line, String column, String reason, byte[] record) {
    /** In one line, for a person. */
    public String oneLine() {
      return source + ":" + line + (column == null ? "" : ": " + column) + ": " + reason;
    }
  }

  private final Path records;
  private final Path reasons;
  private final boolean json;
  private final JsonMapper mapper = JsonMapper.shared();
  private final List<Bad> first = new ArrayList<>();
  private OutputStream recordOut;
  private OutputStream reasonOut;

  /**
   * Files that are made when the first record is written.
   *
   * @param records where the records go; null keeps nothing
   * @param reasons where the reasons go; null keeps nothing
   * @param json whether a record is JSON, so that its ends of lines are blanks
   */
  public BadRecords(Path records, Path reasons, boolean json) {
    this.records = records;
    this.reasons = reasons;
    this.json = json;
  }

  /**
   * Takes out what an earlier run wrote behind these places: it finds that again. A file of which
   * nothing is left goes.
   *
   * @param to how long the two files are at most
   */
  public synchronized void cut(long[] to) throws IOException {
    cut(records, to[0]);
    cut(reasons, to[1]);
  }

  private static void cut(Path file, long length) throws IOException {
    if (file == null || !Files.isRegularFile(file) || Files.size(file) <= length) {
      return;
    }
    if (length == 0) {
      Files.delete(file);
      return;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(length);
    }
  }

  /** How long the files of records and of reasons are; 0 for none. */
  synchronized long[] lengths() throws IOException {
    return new long[] {length(records), length(reasons)};
  }

  private static long length(Path file) throws IOException {
    return file == null || !Files.exists(file) ? 0 : Files.size(file);
  }

  /**
   * Writes some records.
   *
   * @param header the header of their file, or null
   */
  public synchronized void write(List<Bad> bad, byte[] header) throws IOException {
    try {
      append(bad, header);
    } catch (IOException e) {
      throw e instanceof FileSystemException
          ? e
          : new IOException(
              "bad records: " + (records == null ? reasons : records) + ": " + e.getMessage(), e);
    }
  }

  private void append(List<Bad> bad, byte[] header) throws IOException {
    for (Bad each : bad) {
      if (first.size() < FIRST_SHOWN) {
        first.add(each);
      }
      if (records != null) {
        if (recordOut == null) {
          recordOut = open(records, header);
        }
        recordOut.write(line(each.record()));
      }
      if (reasons != null) {
        if (reasonOut == null) {
          reasonOut = open(reasons, null);
        }
        Map<String, Object> values = new java.util.LinkedHashMap<>();
        values.put("source", each.source());
        values.put("line", each.line());
        values.put("column", each.column());
        values.put("reason", each.reason());
        values.put("record", new String(each.record(), StandardCharsets.UTF_8));
        reasonOut.write(
            (mapper.writeValueAsString(values) + "\n").getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  private byte[] line(byte[] record) {
    byte[] line = java.util.Arrays.copyOf(record, record.length + 1);
    line[record.length] = '\n';
    for (int i = 0; json && i < record.length; i++) {
      if (line[i] == '\n' || line[i] == '\r') {
        line[i] = ' ';
      }
    }
    return line;
  }

  private static OutputStream open(Path path, byte[] header) throws IOException {
    boolean fresh = !Files.exists(path) || Files.size(path) == 0;
    OutputStream out =
        Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    if (fresh && header != null) {
      out.write(header);
      if (header.length == 0 || header[header.length - 1] != '\n') {
        out.write('\n');
      }
    }
    return out;
  }

  /** The first few, to be shown. */
  public synchronized List<Bad> first() {
    return List.copyOf(first);
  }

  @Override
  public synchronized void close() throws IOException {
    if (recordOut != null) {
      recordOut.close();
    }
    if (reasonOut != null) {
      reasonOut.close();
    }
  }
}
