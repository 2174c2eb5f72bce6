package io.ilion.server.netty;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/** Collects what some classes say in the log, until it is closed. */
public final class LogListener extends AppenderBase<ILoggingEvent> implements AutoCloseable {
  private final Queue<String> said = new ConcurrentLinkedQueue<>();
  private final List<Logger> loggers;

  /** Begins to listen. */
  public LogListener(Class<?>... classes) {
    loggers = Stream.of(classes).map(LogListener::logger).toList();
    start();
    loggers.forEach(logger -> logger.addAppender(this));
  }

  private static Logger logger(Class<?> of) {
    return (Logger) LoggerFactory.getLogger(of);
  }

  /** The lines so far. */
  public Queue<String> said() {
    return said;
  }

  @Override
  protected void append(ILoggingEvent event) {
    said.add(event.getFormattedMessage());
  }

  @Override
  public void close() {
    loggers.forEach(logger -> logger.detachAppender(this));
  }
}
