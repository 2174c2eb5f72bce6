package io.ilion.server.metrics;

/** Somebody who has metrics to show. */
@FunctionalInterface
public interface MetricSource {
  /** Writes them as they are now; on any thread but a lane, and without waiting for anybody. */
  void write(MetricsText text);
}
