package io.ilion.server;

import io.ilion.runtime.Lane;
import io.ilion.runtime.Scheduler;
import io.ilion.server.http.NodeHttp;
import io.ilion.server.metrics.MetricSource;
import io.ilion.server.metrics.MetricsText;
import io.ilion.server.metrics.ProcessMetrics;
import io.ilion.server.operations.ImportUploads;
import io.ilion.server.operations.Operations;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What is told of a node from outside CQL, from its first moment to its last. */
final class NodeWatch implements NodeHttp.NodeState {
  private final Scheduler scheduler;
  private final MetricSource process = new ProcessMetrics();
  private volatile NodeCore core;
  private volatile boolean isServing;
  private volatile String failure;

  NodeWatch(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /** The node has opened what it has on its disk. */
  void opened(NodeCore opened) {
    core = opened;
  }

  /** Clients are served from now on, or are no more. */
  void serving(boolean serves) {
    isServing = serves;
  }

  /** The node cannot go on. */
  void failed(Throwable cause) {
    failure = cause.toString();
  }

  @Override
  public CompletionStage<String> sickness() {
    if (failure != null) {
      return CompletableFuture.completedFuture("the node has to stop: " + failure);
    }
    CompletableFuture<?>[] answers = new CompletableFuture<?>[scheduler.laneCount()];
    for (int i = 0; i < answers.length; i++) {
      Lane lane = scheduler.lane(i);
      CompletableFuture<Void> answer = new CompletableFuture<>();
      answers[i] = answer;
      lane.execute(() -> answer.complete(null));
    }
    return CompletableFuture.allOf(answers).thenApply(all -> null);
  }

  @Override
  public String unreadiness() {
    if (failure != null) {
      return "the node has to stop: " + failure;
    }
    if (core == null) {
      return "the node is starting";
    }
    return isServing ? null : "clients are not served";
  }

  @Override
  public String metrics() {
    NodeCore opened = core;
    MetricsText text = new MetricsText();
    text.gauge("ilion_ready", "1 while clients are served.").value(unreadiness() == null ? 1 : 0);
    process.write(text);
    return (opened == null ? "" : opened.metricsText()) + text;
  }

  @Override
  public Operations operations() {
    NodeCore opened = core;
    return opened == null ? null : opened.operations();
  }

  @Override
  public ImportUploads uploads() {
    NodeCore opened = core;
    return opened == null ? null : opened.uploads();
  }
}
