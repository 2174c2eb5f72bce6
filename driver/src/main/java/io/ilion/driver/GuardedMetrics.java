package io.ilion.driver;

import io.ilion.driver.metadata.Node;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs what metrics throw: nobody waits for ever because somebody could not count. */
final class GuardedMetrics implements DriverMetrics {
  private static final Logger LOG = LoggerFactory.getLogger(GuardedMetrics.class);

  private final DriverMetrics metrics;

  GuardedMetrics(DriverMetrics metrics) {
    this.metrics = metrics;
  }

  private void tell(Consumer<DriverMetrics> what) {
    try {
      what.accept(metrics);
    } catch (RuntimeException e) {
      LOG.warn("Metrics failed", e);
    }
  }

  @Override
  public void requestDone(Statement<?> statement, long nanos, Throwable error) {
    tell(each -> each.requestDone(statement, nanos, error));
  }

  @Override
  public void nodeAnswered(Node node, long nanos, Throwable error) {
    tell(each -> each.nodeAnswered(node, nanos, error));
  }

  @Override
  public void retried(Node node, Throwable error) {
    tell(each -> each.retried(node, error));
  }

  @Override
  public void speculated(Node node) {
    tell(each -> each.speculated(node));
  }

  @Override
  public void reprepared(Node node) {
    tell(each -> each.reprepared(node));
  }

  @Override
  public void connectionOpened(Node node) {
    tell(each -> each.connectionOpened(node));
  }

  @Override
  public void connectionClosed(Node node) {
    tell(each -> each.connectionClosed(node));
  }

  @Override
  public void refused() {
    tell(DriverMetrics::refused);
  }
}
