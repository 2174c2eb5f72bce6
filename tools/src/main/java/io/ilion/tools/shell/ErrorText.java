package io.ilion.tools.shell;

import io.ilion.driver.DriverException;
import io.ilion.driver.NoNodeAvailableException;
import io.ilion.driver.RequestTimeoutException;
import io.ilion.driver.ServerException;
import io.ilion.model.ErrorCode;
import io.ilion.protocol.ErrorDetails;
import io.ilion.tools.console.TableText;
import io.ilion.tools.shell.StatementSplitter.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An error of a statement: what it is, and where in the statement, if that can be told. */
final class ErrorText {
  /** Syntax errors tell line and column; those at the end of the text tell line 0. */
  private static final Pattern PLACE = Pattern.compile("^line (\\d+):(-?\\d+) ");

  /** Other errors name what is wrong, which most often stands in the statement. */
  private static final Pattern NAMED =
      Pattern.compile(
          "\\b(?:Undefined column name|Undefined name|Unknown identifier|unconfigured table"
              + "|Unknown function|Unknown type|Unknown field|Unknown property|table|Table|Keyspace"
              + "|keyspace|column|function|Non PRIMARY KEY columns found in where clause:"
              + "|Some partition key parts are missing:)"
              + " '?\"?((?:\\w+\\.)?\\w+)");

  /** A constant of the wrong kind is said as it is, but for the quotes of a string. */
  private static final Pattern CONSTANT =
      Pattern.compile("^Invalid (\\w+) constant \\((.*)\\) for ", Pattern.DOTALL);

  private static final int CONTEXT = 60;

  private ErrorText() {}

  /**
   * The lines that tell of an error.
   *
   * @param source what the statement was read from, said with its line; null where one sees it
   */
  static List<String> lines(String source, Statement statement, DriverException failure) {
    DriverException error = onlyError(failure);
    String message = String.valueOf(error.getMessage());
    Place place = place(statement.text(), message);
    List<String> lines = new ArrayList<>();
    String where = source == null ? "" : source + ":" + (statement.line() + place.line()) + ": ";
    lines.add(where + name(error) + ": " + message + details(error));
    if (place.column() >= 0) {
      String line = statement.text().split("\n", -1)[place.line()].replace('\t', ' ');
      int from = Math.max(0, place.column() - CONTEXT);
      int to = Math.min(line.length(), place.column() + CONTEXT);
      String before = (from > 0 ? "..." : "") + line.substring(from, place.column());
      String shown = before + line.substring(place.column(), to).stripTrailing();
      lines.add("  " + shown + (to < line.length() ? "..." : ""));
      lines.add("  " + " ".repeat(TableText.width(before)) + "^");
    }
    return lines;
  }

  /**
   * What the one node said that was asked: that no other could be tried after it, which is what the
   * driver says, is no news to who has chosen a node.
   */
  private static DriverException onlyError(DriverException failure) {
    return failure instanceof NoNodeAvailableException none
            && none.errors().size() == 1
            && none.errors().values().iterator().next() instanceof ServerException said
        ? said
        : failure;
  }

  /** A line of the statement from 0, and a column from 0, or -1 when it is not known. */
  private record Place(int line, int column) {}

  private static Place place(String text, String message) {
    String[] lines = text.split("\n", -1);
    Matcher place = PLACE.matcher(message);
    if (place.find()) {
      int line = Integer.parseInt(place.group(1)) - 1;
      int column = Integer.parseInt(place.group(2));
      if (line < 0 || line >= lines.length || column < 0) {
        return new Place(lines.length - 1, lines[lines.length - 1].length());
      }
      return new Place(line, Math.min(column, lines[line].length()));
    }
    Matcher constant = CONSTANT.matcher(message);
    if (constant.find()) {
      String value = constant.group(2);
      boolean string = constant.group(1).equals("STRING");
      List<Place> found = all(lines, string ? "'" + value.replace("'", "''") + "'" : value);
      // Where it stands twice it is not known which of them is meant.
      return found.size() == 1 ? found.getFirst() : new Place(0, -1);
    }
    Matcher named = NAMED.matcher(message);
    while (named.find()) {
      Place found = find(lines, named.group(1));
      if (found == null && named.group(1).contains(".")) {
        found = find(lines, named.group(1).substring(named.group(1).lastIndexOf('.') + 1));
      }
      if (found != null) {
        return found;
      }
    }
    return new Place(0, -1);
  }

  private static Place find(String[] lines, String name) {
    List<Place> all = all(lines, name);
    return all.isEmpty() ? null : all.getFirst();
  }

  private static List<Place> all(String[] lines, String name) {
    Pattern word =
        Pattern.compile("(?<![\\w])" + Pattern.quote(name) + "(?!\\w)", Pattern.CASE_INSENSITIVE);
    List<Place> found = new ArrayList<>();
    for (int i = 0; i < lines.length; i++) {
      Matcher matcher = word.matcher(lines[i]);
      while (matcher.find()) {
        found.add(new Place(i, matcher.start()));
      }
    }
    return found;
  }

  /** The kind of an error by the name that cqlsh gives it. */
  static String name(DriverException error) {
    if (error instanceof ServerException server) {
      return name(server.code());
    }
    return error instanceof RequestTimeoutException ? "OperationTimedOut" : "ConnectionError";
  }

  private static String name(ErrorCode code) {
    return switch (code) {
      case SERVER_ERROR -> "ServerError";
      case PROTOCOL_ERROR -> "ProtocolException";
      case BAD_CREDENTIALS -> "AuthenticationFailed";
      case UNAVAILABLE -> "Unavailable";
      case OVERLOADED -> "Overloaded";
      case IS_BOOTSTRAPPING -> "IsBootstrapping";
      case TRUNCATE_ERROR -> "TruncateError";
      case WRITE_TIMEOUT -> "WriteTimeout";
      case READ_TIMEOUT -> "ReadTimeout";
      case READ_FAILURE -> "ReadFailure";
      case FUNCTION_FAILURE -> "FunctionFailure";
      case WRITE_FAILURE -> "WriteFailure";
      case CDC_WRITE_FAILURE -> "CDCWriteFailure";
      case CAS_WRITE_UNKNOWN -> "CASWriteUnknown";
      case SYNTAX_ERROR -> "SyntaxException";
      case UNAUTHORIZED -> "Unauthorized";
      case INVALID -> "InvalidRequest";
      case CONFIG_ERROR -> "ConfigurationException";
      case ALREADY_EXISTS -> "AlreadyExists";
      case UNPREPARED -> "Unprepared";
    };
  }

  private static String details(DriverException error) {
    ErrorDetails details = error instanceof ServerException server ? server.details() : null;
    return switch (details) {
      case ErrorDetails.Unavailable e ->
          " (%s needs %d replicas, %d are alive)"
              .formatted(e.consistency(), e.required(), e.alive());
      case ErrorDetails.WriteTimeout e ->
          " (%s: %d of %d answered)".formatted(e.consistency(), e.received(), e.blockFor());
      case ErrorDetails.ReadTimeout e ->
          " (%s: %d of %d answered)".formatted(e.consistency(), e.received(), e.blockFor());
      case null, default -> "";
    };
  }
}
