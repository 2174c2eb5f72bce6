package io.ilion.bench.load.run;

import io.ilion.bench.load.BenchException;
import io.ilion.bench.load.generate.Draw;
import io.ilion.bench.load.generate.Hash;
import io.ilion.driver.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Issues the operations of a phase. In an open loop they begin when they are due, also if earlier
 * ones have not ended, and what one takes counts from when it was due: so a server that stalls is
 * seen to stall (no coordinated omission). In a closed loop an operation begins when another ends.
 */
final class PhaseRun {
  /**
   * Below this, waiting by the clock takes longer than it saves; what is due soon waits for more.
   */
  private static final long LEAST_PARK_NANOS = 20_000;

  /** A closed loop whose operations fail does not repeat them as fast as it can. */
  private static final long FAILURE_PAUSE_MILLIS = 2;

  /** How long answers are waited for when somebody waits for the end. */
  private static final Duration STOPPED_PATIENCE = Duration.ofSeconds(5);

  private final Session session;
  private final List<Operation> operations;
  private final PhaseOptions options;
  private final long seed;
  private final double[] weights;
  private final AtomicLong cycles = new AtomicLong();
  private final Semaphore permits;
  private volatile boolean ending;
  private volatile boolean stopped;

  PhaseRun(Session session, List<Operation> operations, PhaseOptions options, long seed) {
    this.session = session;
    this.operations = operations;
    this.options = options;
    this.seed = seed;
    this.permits = new Semaphore(options.concurrency());
    this.weights = new double[operations.size()];
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += operations.get(i).weight();
      weights[i] = sum;
    }
    if (options.rate() == null) {
      operations.forEach(operation -> operation.stats().closedLoop());
    }
    if (!(sum > 0)) {
      throw new BenchException("no statement of the phase has a weight above 0");
    }
  }

  /** How many operations have begun and not ended. */
  int underWay() {
    return operations.stream().mapToInt(operation -> operation.stats().underWay()).sum();
  }

  /**
   * Runs until the time is over or the cycles are done, and every operation has ended. Those that
   * have not when patience ends failed.
   *
   * @param everySecond called about once a second, by this thread, with the nanoseconds since the
   *     start
   */
  void run(Consumer<Long> everySecond) throws InterruptedException {
    long start = System.nanoTime();
    long most =
        options.duration().isZero()
            ? Long.MAX_VALUE
            : options.warmUp().plus(options.duration()).toNanos();
    CountDownLatch done = new CountDownLatch(options.rate() == null ? 1 : options.dispatchers());
    List<Thread> dispatchers = new ArrayList<>();
    try (ScheduledExecutorService later =
        Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory())) {
      if (options.rate() == null) {
        closedLoop(later, done);
      } else {
        for (int i = 0; i < options.dispatchers(); i++) {
          int number = i;
          dispatchers.add(
              Thread.ofPlatform()
                  .name("dispatcher-" + number)
                  .daemon()
                  .start(() -> openLoop(number, start, done)));
        }
      }
      long next = start + TimeUnit.SECONDS.toNanos(1);
      while (!ending && !done.await(Math.max(0, next - System.nanoTime()), TimeUnit.NANOSECONDS)) {
        long elapsed = System.nanoTime() - start;
        everySecond.accept(elapsed);
        next += TimeUnit.SECONDS.toNanos(1);
        if (elapsed >= most) {
          break;
        }
      }
      ending = true;
      long ended = System.nanoTime();
      while (underWay() > 0 && System.nanoTime() - ended < patienceNanos()) {
        Thread.sleep(1);
      }
      operations.forEach(operation -> operation.stats().giveUp());
      permits.release(options.dispatchers());
      for (Thread dispatcher : dispatchers) {
        dispatcher.join(TimeUnit.SECONDS.toMillis(1));
      }
    }
  }

  /** Begins no more operations, so that the run ends before its time. */
  void stop() {
    stopped = true;
    ending = true;
  }

  private long patienceNanos() {
    Duration patience = options.patience();
    return (stopped && patience.compareTo(STOPPED_PATIENCE) > 0 ? STOPPED_PATIENCE : patience)
        .toNanos();
  }

  private Operation operation(long cycle) {
    double place = Hash.unit(Hash.mix(cycle, seed)) * weights[weights.length - 1];
    int choice = 0;
    while (weights[choice] <= place) {
      choice++;
    }
    return operations.get(choice);
  }

  /** The next cycle of this process, or -1 if there is none. */
  private long nextCycle() {
    long cycle = cycles.getAndIncrement() * options.parts() + options.part();
    return options.cycles() == 0 || cycle < options.cycles() ? cycle : -1;
  }

  // ---- closed loop

  private void closedLoop(ScheduledExecutorService later, CountDownLatch done) {
    AtomicInteger running = new AtomicInteger(options.concurrency());
    for (int i = 0; i < options.concurrency(); i++) {
      Request request =
          new Request(
              session,
              new Draw(),
              ended -> {
                if (ended.hasFailed() && !ending) {
                  // Also so that what fails at once does not call itself without end.
                  var unused =
                      later.schedule(
                          () -> again(ended, running, done),
                          FAILURE_PAUSE_MILLIS,
                          TimeUnit.MILLISECONDS);
                } else {
                  again(ended, running, done);
                }
              });
      again(request, running, done);
    }
  }

  private void again(Request request, AtomicInteger running, CountDownLatch done) {
    long cycle = ending ? -1 : nextCycle();
    if (cycle < 0) {
      if (running.decrementAndGet() == 0) {
        done.countDown();
      }
      return;
    }
    request.send(operation(cycle), cycle);
  }

  // ---- open loop

  private void openLoop(int number, long start, CountDownLatch done) {
    Arrivals arrivals =
        new Arrivals(
            options.rate(),
            options.poisson(),
            1.0 / options.dispatchers() / options.parts(),
            Hash.mix(seed, number + (long) options.part() * options.dispatchers()));
    Draw draw = new Draw();
    Request.Idle idle = new Request.Idle();
    Consumer<Request> ended =
        request -> {
          idle.give(request);
          permits.release();
        };
    try {
      while (!ending) {
        long due = start + arrivals.next();
        long cycle = nextCycle();
        if (cycle < 0) {
          return;
        }
        long wait = due - System.nanoTime();
        while (wait > LEAST_PARK_NANOS && !ending) {
          LockSupport.parkNanos(wait);
          wait = due - System.nanoTime();
        }
        permits.acquireUninterruptibly();
        if (ending) {
          return;
        }
        Request waiting = idle.take();
        Request request = waiting != null ? waiting : new Request(session, draw, ended);
        request.send(operation(cycle), cycle, due);
      }
    } finally {
      done.countDown();
    }
  }
}
