package io.ilion.tools.load;

import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.tools.load.codec.FieldFormats;
import io.ilion.tools.load.format.CsvFormat;
import io.ilion.tools.load.format.FileCompression;
import io.ilion.tools.load.mapping.Mapping;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What is loaded, how it is written in files, and how hard the cluster is worked. Set before a load
 * begins and not changed while it runs; what is not set has the default that stands here.
 */
public final class LoadOptions {
  /** How records are written. */
  public enum Format {
    CSV,
    JSON
  }

  /** Which rows go into one request. */
  public enum Batching {
    /** Rows that the same nodes (and of Ilion the same lane) have. */
    REPLICAS,
    /** Rows of one partition. */
    PARTITION,
    /** None: each row is a request. */
    OFF
  }

  String keyspace;
  String table;
  String query;
  List<String> inputs = List.of("-");
  InputStream standardInput = System.in;
  Format format;
  FileCompression compression;
  Charset charset = StandardCharsets.UTF_8;
  CsvFormat csv = CsvFormat.STANDARD;
  boolean header = true;
  List<String> columns;
  Mapping mapping = Mapping.NONE;
  FieldFormats formats = FieldFormats.STANDARD;
  Set<String> nullTexts = Set.of("");
  boolean nullTextsInQuotes;
  boolean unsetNulls = true;
  boolean allowExtraFields;
  boolean allowMissingFields;
  int ttl;
  Long timestamp;
  long skipRecords;
  long maxRecords = Long.MAX_VALUE;
  Batching batching = Batching.REPLICAS;
  int batchRows = 32;
  int batchBytes = 5_000;
  int inFlight = 256;
  double rate;
  int attempts = 10;
  long maxErrors = 100;
  long maxParseErrors = Long.MAX_VALUE;
  boolean dryRun;
  Path directory;
  Path badFile;
  boolean restart;
  Path offlineDirectory;
  KeyspaceDefinition layout;
  boolean isSentWhenBuilt;
  int threads = Runtime.getRuntime().availableProcessors();
  int chunkBytes = 1 << 20;
  int maxRecordBytes = 1 << 24;

  /** The table, by its names as they are. */
  public LoadOptions table(String keyspaceName, String tableName) {
    keyspace = keyspaceName;
    table = tableName;
    return this;
  }

  /** An own statement with markers in place of the one for the table. */
  public LoadOptions query(String text) {
    query = text;
    return this;
  }

  /** Files, folders, patterns; {@code -} is the standard input. */
  public LoadOptions inputs(List<String> names) {
    inputs = List.copyOf(names);
    return this;
  }

  /** What {@code -} is. */
  public LoadOptions standardInput(InputStream in) {
    standardInput = in;
    return this;
  }

  /** How records are written; null: as the names of the files say, else CSV. */
  public LoadOptions format(Format kind) {
    format = kind;
    return this;
  }

  /** How files are compressed; null: as their names say. */
  public LoadOptions compression(FileCompression kind) {
    compression = kind;
    return this;
  }

  /** How text is encoded. */
  public LoadOptions charset(Charset encoding) {
    charset = Objects.requireNonNull(encoding);
    return this;
  }

  /** The characters of CSV, and whether the first record of each file names its fields. */
  public LoadOptions csv(CsvFormat characters, boolean withHeader) {
    csv = characters;
    header = withHeader;
    return this;
  }

  /** The columns of fields that have no names, in order; null for those of the table. */
  public LoadOptions columns(List<String> names) {
    columns = names == null ? null : List.copyOf(names);
    return this;
  }

  /** Which field is which column. */
  public LoadOptions mapping(Mapping fields) {
    mapping = fields;
    return this;
  }

  /** How values are written. */
  public LoadOptions formats(FieldFormats values) {
    formats = values;
    return this;
  }

  /**
   * What stands for null.
   *
   * @param texts the texts that do
   * @param inQuotes whether they do in quotes, too
   * @param unset whether null leaves a column as it is, and does not delete it
   */
  public LoadOptions nulls(Set<String> texts, boolean inQuotes, boolean unset) {
    nullTexts = Set.copyOf(texts);
    nullTextsInQuotes = inQuotes;
    unsetNulls = unset;
    return this;
  }

  /** Whether records may have more fields, or fewer, than there should be. */
  public LoadOptions fieldCount(boolean more, boolean fewer) {
    allowExtraFields = more;
    allowMissingFields = fewer;
    return this;
  }

  /** The time to live of all rows in seconds; 0 for that of the table. */
  public LoadOptions ttl(int seconds) {
    ttl = seconds;
    return this;
  }

  /** The time of all writes in microseconds; null for now. */
  public LoadOptions timestamp(Long micros) {
    timestamp = micros;
    return this;
  }

  /** How many records to leave out at the start of each file, and how many to load in all. */
  public LoadOptions records(long skip, long most) {
    skipRecords = skip;
    maxRecords = most;
    return this;
  }

  /** Which rows go into one request, and how many rows and bytes of values at most. */
  public LoadOptions batching(Batching kind, int rows, int bytes) {
    batching = kind;
    batchRows = Math.max(1, rows);
    batchBytes = bytes;
    return this;
  }

  /** How many requests are on their way at most, and how often one is tried. */
  public LoadOptions requests(int most, int tries) {
    inFlight = Math.max(1, most);
    attempts = Math.max(1, tries);
    return this;
  }

  /** At most so many rows a second; 0 for as many as the cluster takes. */
  public LoadOptions rate(double rowsPerSecond) {
    rate = rowsPerSecond;
    return this;
  }

  /**
   * How many bad records end the load.
   *
   * @param all of any kind; negative for any number
   * @param unreadable of those that make no row; negative for any number
   */
  public LoadOptions maxErrors(long all, long unreadable) {
    maxErrors = all < 0 ? Long.MAX_VALUE : all;
    maxParseErrors = unreadable < 0 ? Long.MAX_VALUE : unreadable;
    return this;
  }

  /** Whether everything is done but writing. */
  public LoadOptions dryRun(boolean only) {
    dryRun = only;
    return this;
  }

  /**
   * Where checkpoint, bad records and summary are kept; null keeps none. A load whose directory has
   * a checkpoint goes on from there.
   *
   * @param anew whether it begins anew nevertheless
   */
  public LoadOptions directory(Path path, boolean anew) {
    directory = path;
    restart = anew;
    return this;
  }

  /**
   * Builds SSTables instead of sending rows; nodes import them.
   *
   * @param parent in which the directory KEYSPACE.TABLE is made
   * @param keyspace as its nodes know it
   */
  public LoadOptions offline(Path parent, KeyspaceDefinition keyspace) {
    offlineDirectory = parent;
    layout = keyspace;
    return this;
  }

  /** Says no more how what is built comes into the cluster: it is sent at once. */
  public LoadOptions sentWhenBuilt(boolean sent) {
    isSentWhenBuilt = sent;
    return this;
  }

  /** Where bad records go as they are, if not into the directory. */
  public LoadOptions badFile(Path path) {
    badFile = path;
    return this;
  }

  /** How many threads read records; the driver has others. */
  public LoadOptions threads(int count) {
    threads = Math.max(1, count);
    return this;
  }

  /** How many bytes a thread takes at once, and how many a record has at most. */
  public LoadOptions chunks(int bytes, int maxRecord) {
    chunkBytes = bytes;
    maxRecordBytes = maxRecord;
    return this;
  }
}
