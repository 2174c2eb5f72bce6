package io.ilion.conformance.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A directory on a file system of a few megabytes (a tmpfs), which only processes see that are
 * started with {@link #command}: it is mounted in a name space of its own, which takes no rights
 * where the kernel lets users make such.
 */
public final class SmallDisk implements AutoCloseable {
  private final Path directory;
  private final Process holder;

  private SmallDisk(Path directory, Process holder) {
    this.directory = directory;
    this.holder = holder;
  }

  /** Makes a disk; null if this system does not let us. */
  public static SmallDisk ofMebibytes(int size) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("ilion-small-disk");
    String mount =
        "mount -t tmpfs -o size=%dm tmpfs %s && echo mounted && read end"
            .formatted(size, directory);
    Process holder;
    try {
      holder =
          new ProcessBuilder("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount)
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      // No such command.
      Files.delete(directory);
      return null;
    }
    if (!"mounted".equals(holder.inputReader().readLine())) {
      holder.waitFor(10, TimeUnit.SECONDS);
      Files.delete(directory);
      return null;
    }
    return new SmallDisk(directory, holder);
  }

  /** Where its processes see it; empty to all others. */
  public Path directory() {
    return directory;
  }

  /** A file on the disk as those see it who do not have the disk. */
  public Path file(String name) {
    return Path.of("/proc/" + holder.pid() + "/root" + directory, name);
  }

  /** A command whose process has the disk. */
  public List<String> command(List<String> command) {
    List<String> inside =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--target",
                Long.toString(holder.pid()),
                "--user",
                "--mount",
                "--preserve-credentials"));
    inside.addAll(command);
    return inside;
  }

  @Override
  public void close() throws IOException {
    holder.destroyForcibly();
    Files.deleteIfExists(directory);
  }
}
