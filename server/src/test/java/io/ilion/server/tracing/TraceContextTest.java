package io.ilion.server.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TraceContextTest {
  private final TraceContext context = new TraceContext();
  private final TraceSession session = new TraceSession(null, null, new UUID(1, 2), 0, 0, Map.of());

  @Test
  void withoutTracesATaskStaysAsItIs() {
    Runnable task = () -> {};
    assertThat(context.carrying(task)).isSameAs(task);
    context.opened();
    assertThat(context.carrying(task)).as("this thread works for no trace").isSameAs(task);
  }

  @Test
  void aTaskTakesItsTraceToAnotherThread() throws InterruptedException {
    TraceSession[] found = new TraceSession[2];
    Runnable[] carried = new Runnable[1];
    context.opened();
    context.run(session, () -> carried[0] = context.carrying(() -> found[0] = context.current()));
    Thread other =
        new Thread(
            () -> {
              carried[0].run();
              found[1] = context.current();
            });
    other.start();
    other.join();

    assertThat(found[0]).isSameAs(session);
    assertThat(found[1]).isNull();
    assertThat(context.current()).isNull();
  }

  @Test
  void aTraceWithinATraceEndsWhereItBegan() {
    TraceSession inner = new TraceSession(null, null, new UUID(3, 4), 0, 0, Map.of());
    context.opened();
    context.run(
        session,
        () -> {
          context.run(inner, () -> assertThat(context.current()).isSameAs(inner));
          assertThat(context.current()).isSameAs(session);
        });
  }
}
