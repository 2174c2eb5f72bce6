package io.ilion.conformance.chaos;

import io.ilion.conformance.server.SmallDisk;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A cluster of processes on this machine. Nodes reach each other through {@link Links}; clients
 * reach each node directly. Each node has a small disk of its own if the system lets us make such,
 * and a directory otherwise.
 */
public final class ProcessCluster implements AutoCloseable {
  private static final int DISK_MEBIBYTES = 192;
  private static final int FIRST_HOST = 61;
  private static final int FILL_BYTES = 64 << 10;

  /** Options with which a node flushes, compacts and begins new segments all the time. */
  private static final List<String> BUSY =
      List.of(
          "--memory", "256MiB",
          "--lanes", "2",
          "--memtable-heap-space", "4MiB",
          "--commitlog-segment-size", "1MiB",
          "--commitlog-total-space", "8MiB",
          "--disk-free-reserve", "1MiB",
          "--auto-snapshot", "false");

  private final Path directory;
  private final List<NodeProcess> nodes = new ArrayList<>();
  private final List<SmallDisk> disks = new ArrayList<>();
  private final List<InetSocketAddress> addresses = new ArrayList<>();
  private final List<InetSocketAddress> operated = new ArrayList<>();
  private final Links links;

  /**
   * A cluster of which no node has been started.
   *
   * @param options with which each is started, beside those that all clusters of this suite have
   * @param directory for what the nodes say, and for their data if they have no small disks
   */
  public ProcessCluster(int count, List<String> options, Path directory)
      throws IOException, InterruptedException {
    this.directory = directory;
    Files.createDirectories(directory);
    List<String> hosts = new ArrayList<>();
    List<InetSocketAddress> targets = new ArrayList<>();
    int clientPort = freePort();
    int storagePort = freePort();
    int httpPort = freePort();
    for (int i = 0; i < count; i++) {
      hosts.add("127.0.0." + (FIRST_HOST + i));
      String inside = "127.0.1." + (FIRST_HOST + i);
      targets.add(new InetSocketAddress(inside, storagePort));
      addresses.add(new InetSocketAddress(inside, clientPort));
    }
    links = new Links(hosts, storagePort, targets);
    // Any of two may be asked for the cluster, so that one may be away when another starts.
    String seeds = hosts.get(0) + "," + hosts.get(1);
    String launcher = launcher().toString();
    for (int i = 0; i < count; i++) {
      List<String> command = new ArrayList<>(List.of(launcher, "start"));
      Path data = directory.resolve("data" + i);
      SmallDisk disk = SmallDisk.ofMebibytes(DISK_MEBIBYTES);
      if (disk != null) {
        disks.add(disk);
        data = disk.directory();
        command = new ArrayList<>(disk.command(command));
      }
      command.addAll(List.of("--data", data.toString(), "--seeds", seeds));
      command.addAll(List.of("--address", addresses.get(i).getHostString()));
      command.addAll(List.of("--broadcast-address", hosts.get(i)));
      command.addAll(List.of("--broadcast-rpc-address", addresses.get(i).getHostString()));
      command.addAll(List.of("--native-port", Integer.toString(clientPort)));
      command.addAll(List.of("--storage-port", Integer.toString(storagePort)));
      command.addAll(List.of("--native-shard-aware-transport-port", "0"));
      command.addAll(List.of("--http-port", Integer.toString(httpPort)));
      operated.add(new InetSocketAddress(addresses.get(i).getHostString(), httpPort));
      command.addAll(BUSY);
      command.addAll(options);
      nodes.add(new NodeProcess("node " + i, command, directory.resolve("node" + i + ".log")));
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** The command of this tree; it is built, and its cache made, when this returns. */
  static Path launcher() throws IOException, InterruptedException {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.isExecutable(at.resolve("ilion"))) {
      at = at.getParent();
    }
    Path launcher = at.resolve("ilion");
    ProcessBuilder builder = new ProcessBuilder(launcher.toString(), "--version").inheritIO();
    if (Boolean.getBoolean("ilion.built")) {
      builder.environment().put("ILION_BUILT", "1");
    }
    if (builder.start().waitFor() != 0) {
      throw new IOException(launcher + " --version fails");
    }
    return launcher;
  }

  /** Starts all nodes, one behind the other. */
  public void startAll() throws IOException {
    for (NodeProcess node : nodes) {
      node.launch();
      node.awaitServing();
    }
  }

  /** How many nodes there are. */
  public int size() {
    return nodes.size();
  }

  NodeProcess node(int index) {
    return nodes.get(index);
  }

  List<NodeProcess> nodes() {
    return nodes;
  }

  Links links() {
    return links;
  }

  /** Where the nodes serve clients. */
  public List<InetSocketAddress> addresses() {
    return List.copyOf(addresses);
  }

  /** Where the nodes are operated by HTTP. */
  List<InetSocketAddress> operated() {
    return List.copyOf(operated);
  }

  /** Whether disks can be filled. */
  boolean hasSmallDisks() {
    return !disks.isEmpty();
  }

  /** Takes all room on the disk of a node. */
  void fillDisk(int index) throws IOException {
    Path ballast = disks.get(index).file("filled");
    try (OutputStream out = Files.newOutputStream(ballast)) {
      byte[] bytes = new byte[FILL_BYTES];
      while (true) {
        out.write(bytes);
      }
    } catch (IOException e) {
      if (!Files.exists(ballast)) {
        throw e;
      }
      // No space is left, as was meant.
    }
  }

  /** Gives the room back. */
  void freeDisk(int index) throws IOException {
    Files.deleteIfExists(disks.get(index).file("filled"));
  }

  /** Kills all nodes and removes their data; what they said stays. */
  @Override
  public void close() throws IOException {
    try {
      for (NodeProcess node : nodes) {
        node.kill();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    links.close();
    for (SmallDisk disk : disks) {
      disk.close();
    }
    for (int i = 0; i < nodes.size(); i++) {
      deleteRecursively(directory.resolve("data" + i).toFile());
    }
  }

  /** Removes what the nodes said. */
  public void forgetLogs() {
    deleteRecursively(directory.toFile());
  }

  private static void deleteRecursively(File file) {
    File[] children = file.listFiles();
    if (children != null) {
      for (File child : children) {
        deleteRecursively(child);
      }
    }
    file.delete();
  }
}
