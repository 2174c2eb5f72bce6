package io.ilion.runtime.system;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Brings a file that grows to the disk step by step, by Linux's sync_file_range: it neither flushes
 * the disk's cache nor commits the file system's journal, so it costs next to nothing, and a sync
 * of another file waits for no more than two steps. Errors are those of the next sync, which has
 * its own descriptor.
 */
final class WriteOut {
  /** A step is at least so long. */
  static final long STEP_BYTES = 1 << 20;

  private static final int WAIT_BEFORE = 1;
  private static final int WRITE = 2;
  private static final int WAIT_AFTER = 4;

  /** Null where the system lacks it. */
  private static final MethodHandle SYNC_FILE_RANGE =
      SystemCalls.handle(
          "sync_file_range",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT));

  private final int descriptor;

  /** Where the last step began, and where it ended. */
  private long stepStart;

  private long stepEnd;

  private WriteOut(int descriptor) {
    this.descriptor = descriptor;
  }

  /** Begins at the front of a file; null where the system has no such call. */
  static WriteOut open(String path) {
    int descriptor = SYNC_FILE_RANGE == null ? -1 : SystemCalls.open(path, SystemCalls.O_WRONLY);
    return descriptor < 0 ? null : new WriteOut(descriptor);
  }

  /** Begins with what was appended since the last step, and waits for that one. */
  void step(long size) {
    call(stepEnd, size, WRITE);
    if (stepEnd > stepStart) {
      call(stepStart, stepEnd, WAIT_BEFORE | WRITE | WAIT_AFTER);
    }
    stepStart = stepEnd;
    stepEnd = size;
  }

  private void call(long from, long to, int how) {
    try {
      // What fails here fails again where it matters, in the sync.
      int unused = (int) SYNC_FILE_RANGE.invokeExact(descriptor, from, to - from, how);
    } catch (Throwable e) {
      throw new IllegalStateException("sync_file_range(2) cannot be called", e);
    }
  }

  void close() {
    SystemCalls.close(descriptor);
  }
}
