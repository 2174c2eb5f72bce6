package io.ilion.server.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.runtime.Clock;
import io.ilion.runtime.simulated.SimulatedWorld;
import org.junit.jupiter.api.Test;

class TraceContextTest {
  private final TraceContext context = new TraceContext();
  private final Clock clock = new SimulatedWorld(1).addNode().start(1).clock();
  private final TraceSession session = new TraceSession(clock, 1);

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
    TraceSession inner = new TraceSession(clock, 1);
    context.opened();
    context.run(
        session,
        () -> {
          context.run(inner, () -> assertThat(context.current()).isSameAs(inner));
          assertThat(context.current()).isSameAs(session);
        });
  }
}
