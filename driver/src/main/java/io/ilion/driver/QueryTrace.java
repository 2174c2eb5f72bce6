package io.ilion.driver;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * What the servers did for a request, if {@link Settings#tracing} asked for it.
 *
 * <pre>{@code
 * Page page = session.execute(statement.tracing(true)).page();
 * session.trace(page.tracingId()).events().forEach(System.out::println);
 * }</pre>
 *
 * @param id its id
 * @param request what kind of request it was
 * @param coordinator the node that was asked
 * @param startedAt when
 * @param duration how long it took
 * @param parameters the statement and so on
 * @param events what was done, by whichever node, in the order of time
 */
public record QueryTrace(
    UUID id,
    String request,
    InetAddress coordinator,
    Instant startedAt,
    Duration duration,
    Map<String, String> parameters,
    List<Event> events) {
  private static final int TRIES = 200;
  private static final long MILLIS_BETWEEN = 10;

  /**
   * Something that a node did.
   *
   * @param activity what
   * @param source the node
   * @param elapsed how long after the node heard of the request
   * @param thread the thread, or lane
   */
  public record Event(String activity, InetAddress source, Duration elapsed, String thread) {}

  /** Reads a trace; it is written behind the answer, so that it may have to be asked for again. */
  static CompletionStage<QueryTrace> read(Session session, UUID id) {
    return read(session, id, TRIES);
  }

  private static CompletionStage<QueryTrace> read(Session session, UUID id, int tries) {
    SimpleStatement head =
        SimpleStatement.of("SELECT * FROM system_traces.sessions WHERE session_id = ?", id)
            .tracing(false);
    return session
        .executeAsync(head)
        .thenCompose(
            page -> {
              Row row = page.one();
              if (row != null && !row.isNull("duration")) {
                return events(session, id).thenApply(events -> of(id, row, events));
              }
              if (tries <= 1) {
                return CompletableFuture.failedFuture(
                    new IllegalStateException("The trace " + id + " is not complete"));
              }
              return CompletableFuture.supplyAsync(
                      () -> read(session, id, tries - 1),
                      CompletableFuture.delayedExecutor(MILLIS_BETWEEN, TimeUnit.MILLISECONDS))
                  .thenCompose(later -> later);
            });
  }

  private static CompletionStage<List<Event>> events(Session session, UUID id) {
    SimpleStatement select =
        SimpleStatement.of("SELECT * FROM system_traces.events WHERE session_id = ?", id)
            .tracing(false);
    return session.executeAsync(select).thenCompose(page -> rest(page, new ArrayList<>()));
  }

  private static CompletionStage<List<Event>> rest(Page page, List<Event> found) {
    for (Row row : page) {
      found.add(
          new Event(
              row.getString("activity"),
              row.getInetAddress("source"),
              Duration.ofNanos(row.getInt("source_elapsed") * 1000L),
              row.getString("thread")));
    }
    if (page.hasMore()) {
      return page.next().thenCompose(next -> rest(next, found));
    }
    return CompletableFuture.completedFuture(List.copyOf(found));
  }

  private static QueryTrace of(UUID id, Row row, List<Event> events) {
    Map<String, String> parameters = row.getMap("parameters", String.class, String.class);
    return new QueryTrace(
        id,
        row.getString("request"),
        row.getInetAddress("coordinator"),
        row.getInstant("started_at"),
        Duration.ofNanos(row.getInt("duration") * 1000L),
        parameters == null ? Map.of() : parameters,
        events);
  }
}
