package io.ilion.server.tls;

import io.ilion.runtime.Scheduler;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Looks at files of certificates from time to time, so that new ones need nobody's word. */
public final class CertificateWatch implements AutoCloseable {
  private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final List<TlsFiles> watched;
  private final Scheduler scheduler;
  private volatile boolean closed;

  private CertificateWatch(List<TlsFiles> watched, Scheduler scheduler) {
    this.watched = List.copyOf(watched);
    this.scheduler = scheduler;
  }

  /** Begins to look at these, of which there may be none. */
  public static CertificateWatch begin(List<TlsFiles> watched, Scheduler scheduler) {
    CertificateWatch watch = new CertificateWatch(watched, scheduler);
    if (!watched.isEmpty()) {
      watch.lookLater();
    }
    return watch;
  }

  private void lookLater() {
    scheduler
        .lane(0)
        .schedule(
            PERIOD_NANOS,
            () -> {
              if (!closed) {
                scheduler.background().execute(this::look);
              }
            });
  }

  private void look() {
    try {
      watched.forEach(TlsFiles::look);
    } finally {
      if (!closed) {
        lookLater();
      }
    }
  }

  /** Looks no more. */
  @Override
  public void close() {
    closed = true;
  }
}
