package io.ilion.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.type.NativeType;
import io.ilion.protocol.Request;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Virtual threads before Java 24 keep their carrier when they wait and hold a monitor. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BlockingTest {
  private static final Settings PATIENT = Settings.NONE.timeout(Duration.ofSeconds(30));

  private final ScriptedServer server = new ScriptedServer();

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void whoWaitsHoldsNoMonitor() throws Exception {
    server.silentAtStart = true;
    waiting(ignored -> builder().connect().close(), null);
    server.silentAtStart = false;
    server.script = (request, client) -> secondPageIsMissing(request);
    try (Session session = builder().connect()) {
      Result result = session.execute("SELECT k FROM t");
      Iterator<Row> rows = result.iterator();
      assertThat(rows.next().getInt(0)).isEqualTo(1);
      waiting(each -> rows.forEachRemaining(row -> {}), session);
      server.script = (request, client) -> null;
      waiting(each -> each.execute("SELECT k FROM t"), session);
      waiting(each -> each.execute("INSERT INTO t (k) VALUES (?)", 1), session);
      waiting(each -> each.prepare("SELECT k FROM t WHERE k = ?"), session);
      waiting(each -> each.trace(UUID.randomUUID()), session);
    }
  }

  private SessionBuilder builder() {
    return Session.builder()
        .contactPoint(server.address())
        .connectTimeout(Duration.ofSeconds(30))
        .defaults(PATIENT);
  }

  private static io.ilion.protocol.Response secondPageIsMissing(Request request) {
    return ((Request.Query) request).parameters().pagingState() == null
        ? ScriptedServer.rows(new byte[] {1}, List.of("k"), List.of(NativeType.INT), List.of(1))
        : null;
  }

  /** Has a thread call what has to wait for an answer that does not come, and looks at it. */
  private void waiting(Consumer<Session> call, Session session) throws InterruptedException {
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                call.accept(session);
                ended.complete(null);
              } catch (RuntimeException e) {
                ended.complete(e);
              }
            },
            "waits");
    thread.start();
    ThreadInfo info;
    do {
      assertThat(ended).isNotDone();
      info = info(thread);
    } while (!isWaiting(info));
    assertThat(info.getLockedMonitors()).as("held in\n" + info).isEmpty();
    assertThat(info.getLockedSynchronizers()).as("held in\n" + info).isEmpty();
    if (session == null) {
      server.clients.forEach(ScriptedServer.Client::close);
    } else {
      thread.interrupt();
    }
    thread.join();
  }

  private static ThreadInfo info(Thread thread) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return threads.getThreadInfo(new long[] {thread.getId()}, true, true)[0];
  }

  private static boolean isWaiting(ThreadInfo info) {
    return info != null
        && (info.getThreadState() == Thread.State.WAITING
            || info.getThreadState() == Thread.State.TIMED_WAITING)
        && Arrays.stream(info.getStackTrace())
            .anyMatch(frame -> frame.getClassName().equals(CompletableFuture.class.getName()));
  }
}
