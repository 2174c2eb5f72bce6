package io.ilion.tools.shell;

import io.ilion.driver.Page;
import io.ilion.driver.Row;
import io.ilion.tools.console.Style.Tone;
import io.ilion.tools.console.TableText;
import io.ilion.tools.console.TableText.Align;
import io.ilion.tools.console.ToolException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A trace as a timeline: what happened when, on which node, and where the time went. */
final class TraceText {
  private static final int TRIES = 100;
  private static final long MILLIS_BETWEEN = 100;
  private static final int BAR = 20;

  /** Between 1582-10-15, where timeuuids begin, and 1970, in steps of 100 ns. */
  private static final long UUID_EPOCH = 0x01B21DD213814000L;

  private final Shell shell;
  private final Output output;

  /** Something that a node did, in microseconds since the request began. */
  private record Event(long micros, String source, String activity, int elapsed) {}

  TraceText(Shell shell, Output output) {
    this.shell = shell;
    this.output = output;
  }

  /**
   * Shows a trace.
   *
   * @param wait whether it is of a request just made, so that it may not be written yet
   * @throws ToolException if there is no such trace
   */
  void show(UUID id, boolean wait) {
    Row head = head(id, wait);
    if (head == null) {
      throw ToolException.failed("Session " + id + " wasn't found.");
    }
    boolean complete = !head.isNull("duration");
    List<Event> events = events(id, head);
    String coordinator = host(head.get("coordinator", InetAddress.class));
    if (complete) {
      int duration = head.getInt("duration");
      events.add(new Event(duration, coordinator, "Request complete", duration));
    }
    // Replicas that the request need not wait for may be busy with it later.
    events.sort(Comparator.comparingLong(Event::micros));
    long total = complete ? head.getInt("duration") : last(events);
    output.result("");
    output.result(output.style().paint(Tone.HEADING, "Tracing session: ") + id);
    Map<String, String> parameters = head.getMap("parameters", String.class, String.class);
    output.result(
        "%s, client %s, coordinator %s, %s%s"
            .formatted(
                head.getString("request"),
                host(head.get("client", InetAddress.class)),
                coordinator,
                parameters == null || !parameters.containsKey("consistency_level")
                    ? ""
                    : "at " + parameters.get("consistency_level") + ", ",
                complete ? millis(total) : "not complete"));
    output.result("");
    TableText table =
        new TableText(output.style())
            .column("ms", Align.RIGHT)
            .column("")
            .column("source")
            .column("source_elapsed", Align.RIGHT)
            .column("activity");
    long before = 0;
    for (Event event : events) {
      table.row(
          millisOnly(event.micros()),
          new TableText.Cell(bar(before, event.micros(), total), Tone.TIME),
          event.source(),
          Integer.toString(event.elapsed()),
          event.activity());
      before = event.micros();
    }
    table.lines().forEach(output::result);
    output.result("");
    output.flush();
  }

  private Row head(UUID id, boolean wait) {
    String text = "SELECT * FROM system_traces.sessions WHERE session_id = " + id;
    Row row = null;
    for (int i = 0; i < (wait ? TRIES : 1); i++) {
      if (i > 0) {
        shell.await(
            new CompletableFuture<Void>()
                .completeOnTimeout(null, MILLIS_BETWEEN, TimeUnit.MILLISECONDS));
      }
      row = shell.query(text).one();
      if (row != null && !row.isNull("duration")) {
        return row;
      }
    }
    if (row != null && wait) {
      output.error(
          Tone.WARNING,
          "Statement trace did not complete within "
              + Duration.ofMillis(TRIES * MILLIS_BETWEEN).toSeconds()
              + " seconds; trace data may be incomplete.");
    }
    return row;
  }

  private List<Event> events(UUID id, Row head) {
    List<Row> rows = new ArrayList<>();
    Page page =
        shell.query(
            "SELECT event_id, activity, source, source_elapsed FROM system_traces.events"
                + " WHERE session_id = "
                + id);
    while (true) {
      page.forEach(rows::add);
      if (!page.hasMore()) {
        break;
      }
      page = shell.await(page.next());
    }
    String coordinator = host(head.get("coordinator", InetAddress.class));
    // The session says when it began in milliseconds; an event of the coordinator says it exactly.
    long start =
        rows.stream()
            .filter(row -> isOf(coordinator, row))
            .mapToLong(row -> micros(row) - row.getInt("source_elapsed"))
            .min()
            .orElse(head.getInstant("started_at").toEpochMilli() * 1000);
    List<Event> events = new ArrayList<>();
    for (Row row : rows) {
      int elapsed = row.getInt("source_elapsed");
      events.add(
          new Event(
              isOf(coordinator, row) ? elapsed : Math.max(0, micros(row) - start),
              host(row.get("source", InetAddress.class)),
              row.getString("activity"),
              elapsed));
    }
    return events;
  }

  private static boolean isOf(String source, Row row) {
    return source.equals(host(row.get("source", InetAddress.class)));
  }

  /** When an event was, by the clock of whoever gave it its id. */
  private static long micros(Row row) {
    return (row.getUuid("event_id").timestamp() - UUID_EPOCH) / 10;
  }

  private static long last(List<Event> events) {
    return events.isEmpty() ? 0 : events.getLast().micros();
  }

  /** Where in the request a step was: blank until the one before it, then drawn. */
  private static String bar(long from, long to, long total) {
    if (total <= 0) {
      return "";
    }
    int begin = (int) Math.min(BAR - 1, from * BAR / total);
    int end = (int) Math.min(BAR, Math.max(begin + 1, (to * BAR + total - 1) / total));
    return ".".repeat(begin) + "=".repeat(end - begin) + ".".repeat(BAR - end);
  }

  private static String millis(long micros) {
    return millisOnly(micros) + " ms";
  }

  private static String millisOnly(long micros) {
    return String.format(Locale.ROOT, "%.3f", micros / 1000.0);
  }

  private static String host(InetAddress address) {
    return address == null ? "" : address.getHostAddress();
  }
}
