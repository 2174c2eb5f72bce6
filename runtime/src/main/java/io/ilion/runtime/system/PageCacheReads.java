package io.ilion.runtime.system;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * Reads of files that answer only from the page cache: Linux's preadv2 with RWF_NOWAIT, which the
 * JDK has no method for. Where the system has no such call, nothing is ever read.
 */
final class PageCacheReads {
  private static final int BUFFER_BYTES = 64 << 10;
  private static final int KEPT_BUFFERS = 64;
  private static final int RWF_NOWAIT = 8;

  /** Null where the system lacks it. */
  private static final MethodHandle PREADV2 =
      SystemCalls.handle(
          "preadv2",
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT));

  private final ArrayBlockingQueue<Vector> vectors = new ArrayBlockingQueue<>(KEPT_BUFFERS);

  /** A struct iovec and the buffer that it points to. */
  private record Vector(MemorySegment iovec, MemorySegment buffer) {}

  /** A descriptor of a file, or a negative number if it cannot be opened. */
  int open(String path) {
    return PREADV2 == null ? -1 : SystemCalls.open(path, SystemCalls.O_RDONLY);
  }

  /** Fills the rest of a buffer from the page cache; false if not all of it is there. */
  boolean read(int descriptor, long offset, ByteBuffer destination) {
    int length = destination.remaining();
    if (length > BUFFER_BYTES || !destination.hasArray()) {
      return false;
    }
    Vector vector = vectors.poll();
    if (vector == null) {
      vector = newVector();
    }
    try {
      vector.iovec.set(ValueLayout.JAVA_LONG, 8, length);
      long count = (long) PREADV2.invokeExact(descriptor, vector.iovec, 1, offset, RWF_NOWAIT);
      if (count != length) {
        return false;
      }
      MemorySegment.copy(
          vector.buffer,
          ValueLayout.JAVA_BYTE,
          0,
          destination.array(),
          destination.arrayOffset() + destination.position(),
          length);
      destination.position(destination.limit());
      return true;
    } catch (Throwable e) {
      throw new IllegalStateException("preadv2(2) cannot be called", e);
    } finally {
      boolean unused = vectors.offer(vector);
    }
  }

  private static Vector newVector() {
    Arena arena = Arena.ofAuto();
    MemorySegment iovec = arena.allocate(16, 8);
    MemorySegment buffer = arena.allocate(BUFFER_BYTES, 64);
    iovec.set(ValueLayout.ADDRESS, 0, buffer);
    return new Vector(iovec, buffer);
  }
}
