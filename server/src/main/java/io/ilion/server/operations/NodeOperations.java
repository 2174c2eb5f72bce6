package io.ilion.server.operations;

import static io.ilion.server.operations.Json.object;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import io.ilion.server.metrics.ProcessMetrics;
import io.ilion.storage.StorageEngine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.LoggerFactory;

/** What is done to the process as a whole. */
public final class NodeOperations {
  private static final int MOST_LOGGERS = 1_000;

  private static final Parameter<String> LOGGER =
      Parameter.required("logger", ParameterType.TEXT, "such as io.ilion or io.ilion.storage")
          .positional();
  private static final Parameter<String> LEVEL =
      Parameter.optional(
              "level",
              ParameterType.TEXT,
              "TRACE, DEBUG, INFO, WARN, ERROR or OFF; that of its parent if left out")
          .positional();

  private final StorageEngine engine;
  private final Service service;

  /** Who serves clients. */
  public interface Service {
    /** Whether clients are served now. */
    boolean isServing();

    /**
     * Serves clients, or ends their connections and serves none until it is called again.
     *
     * @throws IOException if the port cannot be taken again
     * @throws IllegalStateException if none are served any more
     */
    void setServing(boolean isServing) throws IOException;

    /** Ends the connections of clients, and takes no more for good. */
    void stop();
  }

  /** Operations of a node. */
  public NodeOperations(StorageEngine engine, Service service) {
    this.engine = engine;
    this.service = service;
  }

  /** The operations. */
  public List<Operation> operations() {
    return List.of(
        Operation.task(
            "drain",
            "serves clients no more and writes what is in memory to files; then stop the process",
            List.of(),
            this::drain),
        Operation.query(
            "gcstats",
            "collections of garbage since the process began, and what memory is in use",
            List.of(),
            (arguments, progress) -> CompletableFuture.completedFuture(collections())),
        Operation.query(
            "statusbinary",
            "whether clients are served",
            List.of(),
            (arguments, progress) -> CompletableFuture.completedFuture(serving())),
        Operation.change(
            "enablebinary",
            "serves clients again after disablebinary",
            List.of(),
            (arguments, progress) -> serve(true)),
        Operation.change(
            "disablebinary",
            "ends the connections of clients and takes no more, until enablebinary or a restart;"
                + " the node stays a replica",
            List.of(),
            (arguments, progress) -> serve(false)),
        Operation.query(
            "getlogginglevels",
            "the loggers that have a level of their own",
            List.of(),
            (arguments, progress) -> CompletableFuture.completedFuture(levels())),
        Operation.change(
            "setlogginglevel",
            "changes what is logged, until the next start",
            List.of(LOGGER, LEVEL),
            this::setLevel));
  }

  private CompletionStage<Object> drain(Arguments arguments, Progress progress) {
    progress.say("ending connections");
    service.stop();
    progress.say("flushing");
    return engine.flush(null).thenApply(done -> object("drained", true));
  }

  private static Map<String, Object> collections() {
    long uptime = ProcessMetrics.uptimeMillis();
    ProcessMetrics.Memory memory = ProcessMetrics.memory();
    long millis = 0;
    List<Object> collectors = new ArrayList<>();
    for (ProcessMetrics.Collector each : ProcessMetrics.collectors()) {
      millis += each.millis();
      collectors.add(
          object(
              "collector", each.name(),
              "collections", each.collections(),
              "total_micros", each.millis() * 1000,
              "mean_micros", Json.finite(each.millis() * 1e3 / each.collections()),
              "last_micros", each.lastMillis() < 0 ? null : each.lastMillis() * 1000));
    }
    return object(
        "uptime_seconds", uptime / 1000,
        "in_collections_ratio", Json.finite((double) millis / uptime),
        "heap_used_bytes", memory.used(),
        "heap_committed_bytes", memory.committed(),
        "heap_max_bytes", memory.most(),
        "direct_memory_bytes", memory.direct(),
        "collectors", collectors);
  }

  private Map<String, Object> serving() {
    return object("serves_clients", service.isServing());
  }

  private CompletionStage<Map<String, Object>> serve(boolean isServing) {
    try {
      service.setServing(isServing);
    } catch (IOException | IllegalStateException e) {
      throw OperationException.refused(e.getMessage());
    }
    return CompletableFuture.completedFuture(serving());
  }

  private static LoggerContext context() {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      return context;
    }
    throw OperationException.refused("the process logs by something that has no levels to change");
  }

  private static List<Object> levels() {
    List<Object> levels = new ArrayList<>();
    for (Logger logger : context().getLoggerList()) {
      if (logger.getLevel() != null) {
        levels.add(object("logger", logger.getName(), "level", logger.getLevel().toString()));
      }
    }
    return levels;
  }

  private CompletionStage<Map<String, Object>> setLevel(Arguments arguments, Progress progress) {
    String name = arguments.get(LOGGER);
    String text = arguments.get(LEVEL);
    Level level = text == null ? null : Level.toLevel(text, null);
    if (text != null && level == null) {
      throw OperationException.badArgument("there is no level named '" + text + "'");
    }
    if (level == null && name.equalsIgnoreCase(Logger.ROOT_LOGGER_NAME)) {
      throw OperationException.badArgument("the root logger has no parent");
    }
    // A logger is kept for ever once it is made, so there is a limit to making them.
    if (context().exists(name) == null && context().getLoggerList().size() > MOST_LOGGERS) {
      throw OperationException.refused("there are too many loggers");
    }
    Logger logger = context().getLogger(name);
    logger.setLevel(level);
    return CompletableFuture.completedFuture(
        object("logger", logger.getName(), "level", logger.getEffectiveLevel().toString()));
  }
}
