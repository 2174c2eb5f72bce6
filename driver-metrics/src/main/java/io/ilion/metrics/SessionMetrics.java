package io.ilion.metrics;

import io.ilion.driver.DriverMetrics;
import io.ilion.driver.Statement;
import io.ilion.driver.metadata.MetadataListener;
import io.ilion.driver.metadata.Node;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * Counts and times what one session does, by kind of request and by node, from its beginning.
 *
 * <pre>{@code
 * SessionMetrics metrics = new SessionMetrics();
 * Session session = Session.builder().metrics(metrics).listener(metrics).connect();
 * ...
 * metrics.requests(RequestKind.BOUND).percentile(99);
 * httpAnswer.write(metrics.prometheus());
 * }</pre>
 *
 * <p>As the session's listener it forgets the nodes that have left the cluster. Any thread may use
 * it.
 */
public final class SessionMetrics implements DriverMetrics, MetadataListener {
  private final Map<RequestKind, Timer> requests = new EnumMap<>(RequestKind.class);
  private final Map<UUID, Counts> nodes = new ConcurrentHashMap<>();
  private final LongAdder refused = new LongAdder();

  /** Of a node; is there from the first connection until the node leaves. */
  private static final class Counts {
    final Node node;
    final Timer answers = new Timer();
    final LongAdder retries = new LongAdder();
    final LongAdder speculations = new LongAdder();
    final LongAdder repreparations = new LongAdder();
    final LongAdder opened = new LongAdder();
    final LongAdder closed = new LongAdder();

    Counts(Node node) {
      this.node = node;
    }

    NodeFigures figures() {
      return new NodeFigures(
          node,
          answers.timing(),
          retries.sum(),
          speculations.sum(),
          repreparations.sum(),
          opened.sum(),
          closed.sum());
    }
  }

  /** Metrics for one session, to be given to its builder. */
  public SessionMetrics() {
    for (RequestKind kind : RequestKind.values()) {
      requests.put(kind, new Timer());
    }
  }

  /** The requests of the application, each from its beginning to its result, retries included. */
  public Timing requests(RequestKind kind) {
    return requests.get(kind).timing();
  }

  /** How many requests the throttling policy refused; they are not among the others. */
  public long refusals() {
    return refused.sum();
  }

  /** The nodes to which there were connections, in the order of their addresses. */
  public List<NodeFigures> nodes() {
    return nodes.values().stream()
        .map(Counts::figures)
        .sorted(Comparator.comparing(figures -> name(figures.node())))
        .toList();
  }

  private static String name(Node node) {
    return node.address().getHostString() + ":" + node.address().getPort();
  }

  /** All of it in the text format of Prometheus, version 0.0.4. */
  public String prometheus() {
    PrometheusText text = new PrometheusText();
    text.begin(
        "request_duration_seconds", "histogram", "Requests, from their beginning to their result.");
    requests.forEach((kind, timer) -> text.times(timer.timing(), "kind", kind.label()));
    text.begin("request_errors_total", "counter", "Requests that failed.");
    requests.forEach((kind, timer) -> text.errors(timer.timing(), "kind", kind.label()));
    text.begin("refusals_total", "counter", "Requests that the throttling policy refused.");
    text.value(refusals());
    List<NodeFigures> all = nodes();
    text.begin("node_duration_seconds", "histogram", "What was sent to a node, until its answer.");
    all.forEach(each -> text.times(each.answers(), labels(each)));
    text.begin("node_errors_total", "counter", "What a node failed, or did not answer in time.");
    all.forEach(each -> text.errors(each.answers(), labels(each)));
    counter(text, all, "retries", "Requests tried again after an error.", NodeFigures::retries);
    counter(
        text,
        all,
        "speculations",
        "Requests sent since another node had not answered.",
        NodeFigures::speculations);
    counter(
        text,
        all,
        "repreparations",
        "Statements that a node had forgotten.",
        NodeFigures::repreparations);
    counter(
        text,
        all,
        "connections_opened",
        "Connections that were opened.",
        NodeFigures::connectionsOpened);
    counter(
        text,
        all,
        "connections_closed",
        "Connections that have ended.",
        NodeFigures::connectionsClosed);
    text.begin("connections", "gauge", "Connections that are open.");
    all.forEach(each -> text.value(each.node().connections(), labels(each)));
    text.begin("in_flight", "gauge", "Requests without an answer.");
    all.forEach(each -> text.value(each.node().inFlight(), labels(each)));
    return text.toString();
  }

  private static void counter(
      PrometheusText text,
      List<NodeFigures> all,
      String name,
      String help,
      ToLongFunction<NodeFigures> count) {
    text.begin(name + "_total", "counter", help);
    all.forEach(each -> text.value(count.applyAsLong(each), labels(each)));
  }

  private static String[] labels(NodeFigures figures) {
    Node node = figures.node();
    return new String[] {"node", name(node), "datacenter", node.datacenter()};
  }

  // ---- what the driver tells

  @Override
  public void requestDone(Statement<?> statement, long nanos, Throwable error) {
    requests.get(RequestKind.of(statement)).record(nanos, error);
  }

  @Override
  public void nodeAnswered(Node node, long nanos, Throwable error) {
    Counts counts = nodes.get(node.hostId());
    if (counts != null) {
      counts.answers.record(nanos, error);
    }
  }

  @Override
  public void retried(Node node, Throwable error) {
    count(node, counts -> counts.retries);
  }

  @Override
  public void speculated(Node node) {
    count(node, counts -> counts.speculations);
  }

  @Override
  public void reprepared(Node node) {
    count(node, counts -> counts.repreparations);
  }

  @Override
  public void connectionOpened(Node node) {
    nodes.computeIfAbsent(node.hostId(), id -> new Counts(node)).opened.increment();
  }

  @Override
  public void connectionClosed(Node node) {
    count(node, counts -> counts.closed);
  }

  @Override
  public void refused() {
    refused.increment();
  }

  @Override
  public void nodeRemoved(Node node) {
    nodes.remove(node.hostId());
  }

  private void count(Node node, Function<Counts, LongAdder> which) {
    Counts counts = nodes.get(node.hostId());
    if (counts != null) {
      which.apply(counts).increment();
    }
  }
}
