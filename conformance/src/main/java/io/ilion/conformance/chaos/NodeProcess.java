package io.ilion.conformance.chaos;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One node as a process that {@code ./ilion start} became. It can be killed, stopped and continued
 * as by signals, and started again on its data; all that it says is in one file. Methods of one
 * node are called by one thread at a time.
 */
final class NodeProcess {
  private static final String SERVING = "serving CQL on ";
  private static final long START_NANOS = TimeUnit.SECONDS.toNanos(90);
  private static final long END_SECONDS = 60;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final String name;
  private final List<String> command;
  private final Path log;
  private volatile Process process;
  private long logStart;
  private volatile boolean meantToRun;

  /**
   * A node that has not been started.
   *
   * @param command what starts it, with all options
   * @param log where it says what happens; goes on with each start
   */
  NodeProcess(String name, List<String> command, Path log) {
    this.name = name;
    this.command = List.copyOf(command);
    this.log = log;
  }

  /** Starts the process, and does not wait for it. */
  void launch() throws IOException {
    if (process != null && process.isAlive()) {
      throw new IllegalStateException(name + " runs");
    }
    Files.writeString(log, "---- start\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    logStart = Files.size(log);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().put("ILION_BUILT", "1");
    Process started = builder.start();
    process = started;
    meantToRun = true;
    // If this process is killed the node must not stay behind.
    Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
  }

  /** Waits until the node serves clients. */
  void awaitServing() throws IOException {
    long end = System.nanoTime() + START_NANOS;
    while (!said().contains(SERVING)) {
      if (!process.isAlive()) {
        throw new IOException(name + " ended before it served, with code " + process.exitValue());
      }
      if (System.nanoTime() > end) {
        throw new IOException(name + " does not serve within 90 s");
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private String said() throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      file.seek(logStart);
      byte[] bytes = new byte[(int) (file.length() - logStart)];
      file.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  /** Ends it at once. */
  void kill() throws InterruptedException {
    meantToRun = false;
    if (process != null) {
      process.destroyForcibly();
      awaitEnd();
    }
  }

  /** Asks it to end, and waits until it has. */
  void terminate() throws InterruptedException {
    meantToRun = false;
    process.destroy();
    awaitEnd();
  }

  private void awaitEnd() throws InterruptedException {
    if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException(name + " does not end within " + END_SECONDS + " s");
    }
  }

  /** Stops it as it is, until it is told to go on. */
  void pause() throws IOException, InterruptedException {
    signal("-STOP");
  }

  /** Lets it go on. */
  void resume() throws IOException, InterruptedException {
    signal("-CONT");
  }

  private void signal(String signal) throws IOException, InterruptedException {
    if (isAlive()) {
      new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().waitFor();
    }
  }

  /** Whether the process runs. */
  boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** Whether it ended although nobody asked it to. */
  boolean hasFailed() {
    return meantToRun && process != null && !process.isAlive();
  }

  @Override
  public String toString() {
    return name;
  }
}
