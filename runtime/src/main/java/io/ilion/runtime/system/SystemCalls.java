package io.ilion.runtime.system;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Calls of Linux that the JDK has no methods for. */
final class SystemCalls {
  static final int O_RDONLY = 0;
  static final int O_WRONLY = 1;
  private static final int O_CLOEXEC = 0x80000;

  private static final MethodHandle OPEN =
      handle(
          "open",
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle CLOSE =
      handle("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

  private SystemCalls() {}

  /**
   * A function of the C library, or null where there is none. To be kept in a constant, so that the
   * compiler inlines the call.
   */
  static MethodHandle handle(String name, FunctionDescriptor type, Linker.Option... options) {
    if (!System.getProperty("os.name", "").equals("Linux")) {
      return null;
    }
    Linker linker = Linker.nativeLinker();
    return linker
        .defaultLookup()
        .find(name)
        .map(address -> linker.downcallHandle(address, type, options))
        .orElse(null);
  }

  /** A descriptor of a file, or a negative number if it cannot be opened. */
  static int open(String path, int access) {
    try (Arena shortly = Arena.ofConfined()) {
      return (int) OPEN.invokeExact(shortly.allocateFrom(path), access | O_CLOEXEC);
    } catch (Throwable e) {
      throw new IllegalStateException("open(2) cannot be called", e);
    }
  }

  static void close(int descriptor) {
    try {
      int unused = (int) CLOSE.invokeExact(descriptor);
    } catch (Throwable e) {
      throw new IllegalStateException("close(2) cannot be called", e);
    }
  }
}
