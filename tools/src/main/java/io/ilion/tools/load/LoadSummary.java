package io.ilion.tools.load;

import io.ilion.tools.console.FileErrors;
import io.ilion.tools.console.Progress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a load, unload or count did.
 *
 * @param operation load, unload or count
 * @param target what it was about
 * @param status completed; completed with errors; stopped, with the reason
 * @param complete whether everything was done, bad records apart
 * @param rows rows that were written, read or counted
 * @param rowsBefore rows that earlier runs of the same load had written
 * @param bad records that could not be loaded, or rows that could not be read
 * @param bytes bytes of records, not compressed
 * @param files files that were read or written
 * @param requests requests that were answered
 * @param retries requests that were tried again
 * @param elapsed how long it took
 * @param processorTime what the process used of the processors meanwhile
 * @param notes what else is to be told
 */
public record LoadSummary(
    String operation,
    String target,
    String status,
    boolean complete,
    long rows,
    long rowsBefore,
    long bad,
    long bytes,
    int files,
    long requests,
    long retries,
    Duration elapsed,
    Duration processorTime,
    List<String> notes) {

  /** The status of what has ended before it was done. */
  static String stopped(Throwable failure) {
    String message = FileErrors.message(failure);
    return "stopped: " + (message == null ? failure : message);
  }

  /** Rows a second of this run. */
  public double rate() {
    return rows / Math.max(1e-9, elapsed.toNanos() / 1e9);
  }

  /** In a few lines, for a person. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    String verb =
        switch (operation) {
          case "load" -> target.indexOf(' ') < 0 ? "loaded into " : "loaded by ";
          case "check" -> "checked for ";
          case "unload" -> "unloaded from ";
          default -> "counted in ";
        };
    lines.add(
        Progress.count(rows)
            + (rows == 1 ? " row " : " rows ")
            + verb
            + target
            + " in "
            + seconds(elapsed)
            + ", "
            + Progress.count(Math.round(rate()))
            + " a second"
            + (status.equals("completed") ? "" : ": " + status));
    if (rowsBefore > 0) {
      lines.add(Progress.count(rowsBefore) + " rows were loaded by earlier runs");
    }
    if (bad > 0) {
      lines.add(Progress.count(bad) + (bad == 1 ? " record is bad" : " records are bad"));
    }
    lines.add(
        Progress.count(requests)
            + (requests == 1 ? " request, " : " requests, ")
            + Progress.count(retries)
            + " tried again, "
            + megabytes(bytes)
            + " in "
            + Progress.count(files)
            + (files == 1 ? " file, " : " files, ")
            + seconds(processorTime)
            + " of processor time");
    lines.addAll(notes);
    return lines;
  }

  private static String seconds(Duration time) {
    return time.toSeconds() < 60
        ? String.format(java.util.Locale.ROOT, "%.1f s", time.toMillis() / 1e3)
        : Progress.duration(time);
  }

  static String megabytes(long bytes) {
    return bytes < 100_000
        ? String.format(java.util.Locale.ROOT, "%,.1f kB", bytes / 1e3)
        : String.format(java.util.Locale.ROOT, "%,.1f MB", bytes / 1e6);
  }

  /** As one object of JSON; times are in seconds. */
  public String json() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("operation", operation);
    values.put("target", target);
    values.put("status", status);
    values.put("complete", complete);
    values.put("rows", rows);
    values.put("rows_before", rowsBefore);
    values.put("bad", bad);
    values.put("bytes", bytes);
    values.put("files", files);
    values.put("requests", requests);
    values.put("retries", retries);
    values.put("seconds", elapsed.toMillis() / 1e3);
    values.put("rows_per_second", Math.round(rate()));
    values.put("processor_seconds", processorTime.toMillis() / 1e3);
    values.put("notes", notes);
    return JsonMapper.shared().writeValueAsString(values);
  }
}
