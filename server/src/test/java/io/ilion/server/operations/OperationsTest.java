package io.ilion.server.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.simulated.SimulatedWorld;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class OperationsTest {
  private static final Parameter<String> TARGET =
      Parameter.required("target", ParameterType.TEXT, "what it is done to").positional();
  private static final Parameter<Long> TIMES =
      Parameter.optional("times", ParameterType.INTEGER, "how often").orElse(1L);
  private static final Parameter<Duration> PAUSE =
      Parameter.optional("pause", ParameterType.DURATION_TEXT, "between two");
  private static final Parameter<Long> SIZE =
      Parameter.optional("size", ParameterType.SIZE_TEXT, "how large");
  private static final Parameter<List<String>> TABLES =
      Parameter.optional("tables", ParameterType.TEXTS, "which");
  private static final Parameter<Boolean> FULL = Parameter.flag("full", "all of it");

  private final SimulatedWorld world = new SimulatedWorld(1);
  private final NodeRuntime runtime = world.addNode().start(1);
  private final Operations operations =
      new Operations(runtime.scheduler().blockingLane("operations"), runtime.clock());
  private final CompletableFuture<String> later = new CompletableFuture<>();
  private final List<Progress> begun = new ArrayList<>();

  OperationsTest() {
    operations.add(
        List.of(
            Operation.query(
                "echo",
                "says what it was given",
                List.of(TARGET, TIMES, PAUSE, SIZE, TABLES, FULL),
                (arguments, progress) ->
                    CompletableFuture.completedFuture(
                        Arrays.asList(
                            arguments.get(TARGET),
                            arguments.get(TIMES),
                            arguments.get(PAUSE),
                            arguments.get(SIZE),
                            arguments.get(TABLES),
                            arguments.get(FULL)))),
            Operation.task("wait", "takes long", List.of(), this::waits),
            Operation.query(
                "fail",
                "fails",
                List.of(),
                (arguments, progress) -> {
                  throw new IllegalStateException("it cannot");
                })));
  }

  private CompletionStage<String> waits(Arguments arguments, Progress progress) {
    begun.add(progress);
    return later;
  }

  @Test
  void argumentsAreReadFromJsonAndFromText() {
    assertThat(run("echo", Map.of("target", "t")))
        .isEqualTo(Arrays.asList("t", 1L, null, null, null, false));
    assertThat(
            run(
                "echo",
                Map.of(
                    "target",
                    "t",
                    "times",
                    7,
                    "pause",
                    "2m",
                    "size",
                    "64MiB",
                    "tables",
                    List.of("a", "b"),
                    "full",
                    true)))
        .isEqualTo(List.of("t", 7L, Duration.ofMinutes(2), 64L << 20, List.of("a", "b"), true));
    assertThat(
            run(
                "echo",
                Map.of(
                    "target", "t", "times", "7", "pause", "500ms", "size", 12, "tables", "a",
                    "full", "TRUE")))
        .isEqualTo(List.of("t", 7L, Duration.ofMillis(500), 12L, List.of("a"), true));
  }

  @Test
  void whatMakesNoSenseIsRefusedWithAReason() {
    refused(Map.of(), "echo needs 'target': what it is done to");
    refused(Map.of("target", 5), "'5' is not a value of target, which is a text");
    refused(Map.of("target", "t", "times", "many"), "is not a value of times");
    refused(Map.of("target", "t", "times", 1.5), "which is a whole number");
    refused(Map.of("target", "t", "pause", "5 parsecs"), "a duration such as 10s");
    refused(Map.of("target", "t", "pause", "999999999999999d"), "is not a value of pause");
    refused(Map.of("target", "t", "size", "-1"), "a size such as 64MiB");
    refused(Map.of("target", "t", "size", "999999999999tib"), "a size such as 64MiB");
    refused(Map.of("target", "t", "tables", List.of(1)), "a list of texts");
    refused(Map.of("target", "t", "full", "maybe"), "true or false");
    refused(Map.of("target", "t", "tabels", "a"), "echo does not know 'tabels'; it takes target");
    assertThatThrownBy(() -> run("ecko", Map.of()))
        .hasStackTraceContaining("there is no operation named 'ecko'");
  }

  private void refused(Map<String, ?> given, String message) {
    assertThatThrownBy(() -> run("echo", given))
        .hasRootCauseInstanceOf(OperationException.class)
        .hasStackTraceContaining(message);
  }

  private Object run(String name, Map<String, ?> given) {
    return world.await(operations.run(name, given));
  }

  @Test
  void aLongOneIsATaskThatSaysHowFarItIs() {
    Task task = operations.begin("wait", Map.of());
    world.run(1_000_000);
    begun.get(0).at(5, 10, "ranges");
    begun.get(0).say("streaming");
    assertThat(operations.tasks()).containsExactly(task);
    assertThat(task.toJson())
        .containsEntry("operation", "wait")
        .containsEntry("state", "RUNNING")
        .containsEntry("done", 5L)
        .containsEntry("total", 10L)
        .containsEntry("message", "streaming");
    later.complete("ready");
    assertThat(task.toJson()).containsEntry("state", "DONE").containsEntry("result", "ready");
    assertThat(operations.task(task.id())).isSameAs(task);
  }

  @Test
  void aTaskThatIsCancelledHearsOfIt() {
    Task task = operations.begin("wait", Map.of());
    world.run(1_000_000);
    begun
        .get(0)
        .onCancel(
            () ->
                later.completeExceptionally(
                    new OperationException(OperationException.Reason.CANCELLED, "stopped")));
    assertThat(operations.cancel(task.id())).isTrue();
    assertThat(begun.get(0).isCancelled()).isTrue();
    assertThat(task.toJson()).containsEntry("state", "CANCELLED").containsEntry("error", "stopped");
    assertThat(operations.cancel(99)).isFalse();
  }

  @Test
  void whatRunsAndWhatIsRememberedIsBounded() {
    for (int i = 0; i < 32; i++) {
      operations.begin("wait", Map.of());
    }
    assertThatThrownBy(() -> operations.begin("wait", Map.of()))
        .isInstanceOfSatisfying(
            OperationException.class,
            e -> assertThat(e.reason()).isEqualTo(OperationException.Reason.BUSY));
    world.run(1_000_000);
    later.complete("ready");
    for (int i = 0; i < 1_000; i++) {
      operations.begin("wait", Map.of());
      world.run(1_000_000);
    }
    assertThat(operations.tasks()).hasSize(128);
    assertThat(operations.tasks().getLast().id()).isEqualTo(1_032);
  }

  @Test
  void aFailureThatNobodyForesawIsNamed() {
    assertThatThrownBy(() -> run("fail", Map.of())).hasStackTraceContaining("it cannot");
    assertThat(Operations.messageOf(new IllegalStateException("it cannot")))
        .isEqualTo("IllegalStateException: it cannot");
  }
}
