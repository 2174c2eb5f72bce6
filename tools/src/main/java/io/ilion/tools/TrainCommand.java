package io.ilion.tools;

import io.ilion.protocol.ProtocolVersion;
import io.ilion.server.Node;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * Runs a node through what happens at a start and in its first requests, so that the virtual
 * machine can record which classes and methods that takes. The launcher calls this after a build.
 */
@Command(
    name = "train",
    hidden = true,
    description = "Rehearses a start, for the cache that makes the next ones fast.")
final class TrainCommand implements Callable<Integer> {
  private static final long MEMORY = 512L << 20;

  /** So little that the rehearsal writes, reads and compacts files. */
  private static final long MEMTABLES = 4L << 20;

  private static final int ROUNDS = 100;

  private static final String SHELL_STATEMENTS =
      "SELECT * FROM train.t LIMIT 10; SELECT * FROM system.local; DESCRIBE TABLES\n"
          + "DESCRIBE TABLE train.t\nSHOW VERSION\nCONSISTENCY QUORUM\nUSE train; EXPAND ON\n"
          + "INSERT INTO t (k, c, v) VALUES (2, 2, 'x') IF NOT EXISTS; SELECT v FROM t LIMIT 1";

  @Override
  public Integer call() throws IOException {
    Path directory = Files.createTempDirectory("ilion-train");
    try {
      rehearse(directory);
      return 0;
    } finally {
      delete(directory);
    }
  }

  private static void rehearse(Path directory) throws IOException {
    Config config =
        Config.defaults(2)
            .with(Settings.DATA_DIRECTORY, directory.resolve("data").toString())
            .with(Settings.NATIVE_TRANSPORT_PORT, 0)
            .with(Settings.NATIVE_SHARD_AWARE_TRANSPORT_PORT, 0)
            .with(Settings.HTTP_PORT, 0)
            .with(Settings.MEMORY, MEMORY)
            .with(Settings.MEMTABLE_HEAP_SPACE, MEMTABLES);
    try (Node node = Node.start(config);
        TrainingClient client = TrainingClient.connect(node.nativeAddress(), ProtocolVersion.V4);
        TrainingClient modern = TrainingClient.connect(node.nativeAddress(), ProtocolVersion.V5)) {
      client.query("SELECT * FROM system.local");
      client.query("SELECT * FROM system.peers");
      client.query("SELECT * FROM system_schema.tables");
      client.query(
          "CREATE KEYSPACE train WITH replication ="
              + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
      client.query("CREATE TABLE train.t (k int, c int, v text, s set<int>, PRIMARY KEY (k, c))");
      for (int i = 0; i < ROUNDS; i++) {
        client.query("INSERT INTO train.t (k, c, v, s) VALUES (1, " + i + ", 'v', {1, 2})");
        client.query("SELECT v, s FROM train.t WHERE k = 1 AND c = " + i);
        client.query("SELECT * FROM train.t WHERE k = 1");
      }
      new TrainingLoad(client).run(ROUNDS / 4);
      new TrainingLoad(modern).run(ROUNDS);
      rehearseShell(node);
    }
  }

  /** What {@code ilion shell -e} goes through, for the tables and forms that are asked for most. */
  private static void rehearseShell(Node node) {
    String host = node.nativeAddress().getHostString();
    String port = Integer.toString(node.nativeAddress().getPort());
    for (String format : new String[] {"table", "json", "csv"}) {
      int code =
          Ilion.commandLine(Map.of("HOME", "/nowhere"))
              .execute("shell", host, port, "--format", format, "-e", SHELL_STATEMENTS);
      if (code != 0) {
        throw new IllegalStateException("The shell ended with " + code);
      }
    }
  }

  private static void delete(Path directory) throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException failure)
              throws IOException {
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
