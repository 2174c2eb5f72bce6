package io.ilion.tools.load;

import io.ilion.tools.console.ToolException;
import io.ilion.tools.load.codec.FieldFormats;
import io.ilion.tools.load.format.CsvFormat;
import io.ilion.tools.load.format.FileCompression;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options of load and unload on how records are written, as a picocli mixin. */
final class RecordFlags {
  @Option(
      names = {"-f", "--format"},
      paramLabel = "csv|json",
      description = "how records are written (default: by the name of the file, else csv)")
  private String format;

  @Option(
      names = {"-d", "--delimiter"},
      paramLabel = "C",
      description = "between fields; 'tab' for a tab (default: , and a tab for files named .tsv)")
  private String delimiter;

  @Option(names = "--quote", paramLabel = "C", description = "around fields (default: \")")
  private String quote = "\"";

  @Option(
      names = "--escape",
      paramLabel = "C",
      description = "before a quote in quotes (default: the quote itself; cqlsh's is \\)")
  private String escape;

  @Option(
      names = "--header",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "the first record of a file names its fields (default); --no-header: not")
  private boolean header;

  @Option(
      names = "--columns",
      split = ",",
      paramLabel = "COLUMN",
      description = "the columns in order")
  private List<String> columns;

  @Option(
      names = "--null",
      paramLabel = "TEXT",
      description =
          "stands for null; repeatable (default: a field without anything, not even quotes)")
  private List<String> nulls;

  @Option(
      names = "--encoding",
      paramLabel = "NAME",
      description = "of text, such as ISO-8859-1 (default: UTF-8)")
  private String encoding;

  @Option(
      names = "--compress",
      paramLabel = "none|gzip|zstd|lz4",
      description = "how files are compressed (default: by their names)")
  private String compress;

  @Option(
      names = "--timestamp-format",
      paramLabel = "PATTERN",
      description =
          "such as 'dd.MM.yyyy HH:mm', or epoch-seconds, epoch-millis, epoch-micros, epoch-nanos")
  private String timestampFormat;

  @Option(names = "--date-format", paramLabel = "PATTERN", description = "such as dd.MM.yyyy")
  private String dateFormat;

  @Option(names = "--time-format", paramLabel = "PATTERN", description = "such as HH:mm")
  private String timeFormat;

  @Option(
      names = "--time-zone",
      paramLabel = "ZONE",
      description = "of times that name none, such as Europe/Berlin (default: UTC)")
  private String zone = "UTC";

  @Option(
      names = "--decimal",
      paramLabel = "C",
      description = "between a number and its fraction (default: .)")
  private String decimal = ".";

  @Option(names = "--thousands", paramLabel = "C", description = "between thousands")
  private String thousands = "";

  @Option(
      names = "--booleans",
      paramLabel = "TRUE,..:FALSE,..",
      description = "the words of booleans, such as yes,y:no,n")
  private String booleans;

  @Option(
      names = "--field-format",
      paramLabel = "COLUMN=PATTERN",
      description =
          "the format of one column: a pattern, words of booleans, or separators of numbers"
              + " such as ',.'")
  private Map<String, String> fieldFormats = new LinkedHashMap<>();

  LoadOptions.Format format() {
    if (format == null) {
      return null;
    }
    return switch (format.toLowerCase(Locale.ROOT)) {
      case "csv", "tsv" -> LoadOptions.Format.CSV;
      case "json", "jsonl" -> LoadOptions.Format.JSON;
      default -> throw ToolException.wrongUse("--format is csv or json");
    };
  }

  /** How these files are written as CSV; standard input and output have the name "-". */
  CsvFormat csv(boolean trim, List<String> files) {
    boolean tabs =
        format == null
            ? files.stream().allMatch(file -> file.matches("(?i).*\\.tsv(\\.\\w+)?"))
            : format.equalsIgnoreCase("tsv");
    String between = delimiter != null ? delimiter : tabs ? "tab" : ",";
    return CsvFormat.of(between, quote, escape == null ? quote : escape, trim);
  }

  boolean header() {
    return header;
  }

  List<String> columns() {
    return columns;
  }

  /** The texts for null, or null for the default. */
  List<String> nulls() {
    return nulls;
  }

  Charset charset() {
    try {
      return encoding == null ? StandardCharsets.UTF_8 : Charset.forName(encoding);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      throw ToolException.wrongUse("--encoding " + encoding + ": it is not known").causedBy(e);
    }
  }

  FileCompression compression() {
    if (compress == null) {
      return null;
    }
    try {
      return FileCompression.valueOf(compress.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw ToolException.wrongUse("--compress is none, gzip, zstd or lz4").causedBy(e);
    }
  }

  FieldFormats formats() {
    try {
      FieldFormats formats =
          FieldFormats.STANDARD
              .times(timestampFormat, dateFormat, timeFormat, ZoneId.of(zone))
              .numbers(character(decimal, "--decimal"), character(thousands, "--thousands"))
              .fields(fieldFormats);
      return booleans == null ? formats : formats.booleans(booleans);
    } catch (DateTimeException e) {
      throw ToolException.wrongUse("--time-zone " + zone + ": it is not known").causedBy(e);
    }
  }

  private static char character(String text, String flag) {
    if (text.length() > 1) {
      throw ToolException.wrongUse(flag + " " + text + ": expected one character");
    }
    return text.isEmpty() ? 0 : text.charAt(0);
  }
}
