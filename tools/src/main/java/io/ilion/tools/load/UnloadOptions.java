package io.ilion.tools.load;

import io.ilion.tools.console.StandardOutput;
import io.ilion.tools.load.codec.FieldFormats;
import io.ilion.tools.load.format.CsvFormat;
import io.ilion.tools.load.format.FileCompression;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * What is unloaded, where to, and how it is written. Set before it begins and not changed while it
 * runs; what is not set has the default that stands here.
 */
public final class UnloadOptions {
  String keyspace;
  String table;
  String query;
  List<String> columns;
  Path output;
  OutputStream standardOutput = new StandardOutput();
  boolean folder;
  boolean successive;
  LoadOptions.Format format = LoadOptions.Format.CSV;
  boolean jsonArray;
  FileCompression compression;
  Charset charset = StandardCharsets.UTF_8;
  CsvFormat csv = CsvFormat.STANDARD;
  boolean header = true;
  boolean quoteAll;
  FieldFormats formats = FieldFormats.STANDARD;
  String nullText = "";
  long maxRows = Long.MAX_VALUE;
  long rowsPerFile = Long.MAX_VALUE;
  Long beginToken;
  Long endToken;
  int threads = 2 * Runtime.getRuntime().availableProcessors();
  int pageSize = 5_000;
  int attempts = 10;
  double rate;

  /** The table, by its names as they are. */
  public UnloadOptions table(String keyspaceName, String tableName) {
    keyspace = keyspaceName;
    table = tableName;
    return this;
  }

  /**
   * An own SELECT. With the markers {@code :start} and {@code :end} in {@code token(key) > :start
   * AND token(key) <= :end} it is executed for each range of tokens, several at once.
   */
  public UnloadOptions query(String text) {
    query = text;
    return this;
  }

  /** The columns, or calls such as writetime(name); null for all of the table. */
  public UnloadOptions columns(List<String> names) {
    columns = names == null ? null : List.copyOf(names);
    return this;
  }

  /** A file, or a folder for several; null is the standard output. */
  public UnloadOptions output(Path path, boolean isFolder) {
    output = path;
    folder = isFolder;
    return this;
  }

  /**
   * One file after the other, each with the rows that one may have: {@code name}, {@code name.1},
   * {@code name.2} and so on.
   */
  public UnloadOptions successive(boolean wanted) {
    successive = wanted;
    return this;
  }

  /** What is written to if there is no file; it is not closed. */
  public UnloadOptions standardOutput(OutputStream out) {
    standardOutput = out;
    return this;
  }

  /** How rows are written; JSON as one array or as lines. */
  public UnloadOptions format(LoadOptions.Format kind, boolean asArray) {
    format = kind;
    jsonArray = asArray;
    return this;
  }

  /** How files are compressed; null: as their names say. */
  public UnloadOptions compression(FileCompression kind) {
    compression = kind;
    return this;
  }

  /** How text is encoded. */
  public UnloadOptions charset(Charset encoding) {
    charset = Objects.requireNonNull(encoding);
    return this;
  }

  /** The characters of CSV, whether a file begins with the names, and whether all is quoted. */
  public UnloadOptions csv(CsvFormat characters, boolean withHeader, boolean quotesAll) {
    csv = characters;
    header = withHeader;
    quoteAll = quotesAll;
    return this;
  }

  /** How values are written, and what stands for null. */
  public UnloadOptions formats(FieldFormats values, String nulls) {
    formats = values;
    nullText = nulls;
    return this;
  }

  /** How many rows at most, in all and in each file of a folder. */
  public UnloadOptions rows(long most, long perFile) {
    maxRows = most;
    rowsPerFile = perFile;
    return this;
  }

  /** Only rows whose token is at least the first and less than the second; null for no bound. */
  public UnloadOptions tokens(Long begin, Long end) {
    beginToken = begin;
    endToken = end;
    return this;
  }

  /** How many ranges are read at once, rows of a page, and how often a request is tried. */
  public UnloadOptions requests(int rangesAtOnce, int rowsOfPage, int tries) {
    threads = Math.max(1, rangesAtOnce);
    pageSize = rowsOfPage;
    attempts = Math.max(1, tries);
    return this;
  }

  /** At most so many rows a second; 0 for as many as the cluster gives. */
  public UnloadOptions rate(double rowsPerSecond) {
    rate = rowsPerSecond;
    return this;
  }
}
