package io.ilion.runtime.system;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

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
   * A third of the usual share: enough for flushes and compactions to keep up with lanes that are
   * never idle, and little enough for lanes that are busy half of the time never to wait.
   */
  private static final int NICE = 5;

  private static final int LAST_NICE = 19;

  private static final List<String> VIRTUAL_MACHINE = List.of("C1 ", "C2 ", "G1 Conc", "G1 Refine");

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

  /** From now on the calling thread gives way; it cannot go back. */
  public static void giveWay() {
    set(0, Math.min(LAST_NICE, nice() + NICE));
  }

  /**
   * Gives long slices, but no smaller shares, to the threads with which the virtual machine
   * compiles and marks; they are at work for seconds in a node's first minutes.
   */
  public static void virtualMachineGivesWay() {
    try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      for (Path thread : threads.toList()) {
        String name = Files.readString(thread.resolve("comm"));
        if (VIRTUAL_MACHINE.stream().anyMatch(name::startsWith)) {
          set(Integer.parseInt(thread.getFileName().toString()), nice());
        }
      }
    } catch (IOException e) {
      // Another system, or a thread that has ended meanwhile: the others keep their slices.
      return;
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

  /** Gives a thread of the usual policy a long slice; 0 is the thread that calls. */
  private static void set(int thread, int nice) {
    if (SYSCALL == null || SCHED_SETATTR < 0) {
      return;
    }
    try (Arena shortly = Arena.ofConfined()) {
      // A struct sched_attr. Where it is refused, threads stay as they are.
      MemorySegment attributes = shortly.allocate(48, 8);
      attributes.set(ValueLayout.JAVA_INT, 0, 48);
      attributes.set(ValueLayout.JAVA_INT, 16, nice);
      attributes.set(ValueLayout.JAVA_LONG, 24, SLICE_NANOS);
      long unused = (long) SYSCALL.invokeExact(SCHED_SETATTR, thread, attributes, 0);
    } catch (Throwable e) {
      throw new IllegalStateException("sched_setattr(2) cannot be called", e);
    }
  }
}
