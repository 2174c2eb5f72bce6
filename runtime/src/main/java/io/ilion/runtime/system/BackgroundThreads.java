package io.ilion.runtime.system;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Has threads that compute for long give way to those that work for a moment at a time. A thread
 * that wakes up interrupts another if its own time slice is shorter (Linux, from 6.12 on) and it
 * has had less than its share of the processor; else it waits, beside two threads that compress and
 * merge for some milliseconds. So these get long slices and, if they may be late, smaller shares.
 * Where the system has no such call, nothing changes.
 */
public final class BackgroundThreads {
  /** The longest slice that there is. */
  private static final long SLICE_NANOS = 100_000_000L;

  /**
   * Half of the usual share: enough for flushes and compactions to keep up with lanes that are
   * never idle, and little enough for lanes that are busy a third of the time to find theirs at
   * once.
   */
  private static final int NICE = 3;

  private static final int LAST_NICE = 19;

  private static final long SCHED_SETATTR =
      switch (System.getProperty("os.arch", "")) {
        case "amd64" -> 314;
        case "aarch64" -> 274;
        default -> -1;
      };

  /** Null where the system lacks it. */
  private static final MethodHandle SYSCALL =
      SystemCalls.handle(
          "syscall",
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT),
          Linker.Option.firstVariadicArg(1));

  private static final MethodHandle GETPRIORITY =
      SystemCalls.handle(
          "getpriority",
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

  private BackgroundThreads() {}

  /**
   * From now on the calling thread gives way; it cannot go back. The compiler's threads must not:
   * as they do not stop where all Java threads have to, one that has to get there could wait for
   * the whole of their slice.
   */
  public static void giveWay() {
    if (SYSCALL == null || SCHED_SETATTR < 0) {
      return;
    }
    try (Arena shortly = Arena.ofConfined()) {
      // A struct sched_attr. Where it is refused, the thread stays as it is.
      MemorySegment attributes = shortly.allocate(48, 8);
      attributes.set(ValueLayout.JAVA_INT, 0, 48);
      attributes.set(ValueLayout.JAVA_INT, 16, Math.min(LAST_NICE, nice() + NICE));
      attributes.set(ValueLayout.JAVA_LONG, 24, SLICE_NANOS);
      long unused = (long) SYSCALL.invokeExact(SCHED_SETATTR, 0, attributes, 0);
    } catch (Throwable e) {
      throw new IllegalStateException("sched_setattr(2) cannot be called", e);
    }
  }

  /** The calling thread's own. */
  private static int nice() {
    if (GETPRIORITY == null) {
      return 0;
    }
    try {
      return (int) GETPRIORITY.invokeExact(0, 0);
    } catch (Throwable e) {
      throw new IllegalStateException("getpriority(2) cannot be called", e);
    }
  }
}
