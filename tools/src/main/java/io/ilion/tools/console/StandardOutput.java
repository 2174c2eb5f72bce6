package io.ilion.tools.console;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * The standard output for results, which may be without end: a write that fails ends the command
 * with an {@link OutputEndedException}, also through a {@link java.io.PrintWriter}, which would go
 * on in silence. It is not buffered, and stays open.
 */
public final class StandardOutput extends OutputStream {
  private final OutputStream out;

  /** The standard output of the process. */
  public StandardOutput() {
    this(new FileOutputStream(FileDescriptor.out));
  }

  /** Another stream in its place. */
  public StandardOutput(OutputStream out) {
    this.out = out;
  }

  @Override
  public void write(int one) {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    try {
      out.write(bytes, offset, length);
    } catch (IOException e) {
      throw new OutputEndedException(e);
    }
  }
}
