package io.ilion.bench.load.run;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The processor time and memory of servers on this machine, from Linux's /proc. Elsewhere, and of
 * servers elsewhere, it knows nothing.
 */
public final class ServerWatch {
  private static final double TICKS_PER_SECOND = 100;
  private static final int LONGEST_COMMAND = 2000;
  private static final Path PROC = Path.of("/proc");

  private final List<Long> pids;
  private final MetricsWatch metrics;

  /** Watches some processes. */
  public ServerWatch(List<Long> pids) {
    this(pids, null);
  }

  private ServerWatch(List<Long> pids, MetricsWatch metrics) {
    this.pids = List.copyOf(pids);
    this.metrics = metrics;
  }

  /** The same, and what nodes of Ilion say of themselves. */
  public ServerWatch with(MetricsWatch nodes) {
    return new ServerWatch(pids, nodes);
  }

  /** The figures that nodes of Ilion gave last; empty if there are none. */
  Map<String, Double> metrics() {
    return metrics == null ? Map.of() : metrics.latest();
  }

  /** What is known of the servers: version, and for those on this machine the processors. */
  Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    if (metrics != null && metrics.nodes() > 0) {
      facts.put("ilion", metrics.version());
    }
    for (int i = 0; i < pids.size(); i++) {
      String number = pids.size() == 1 ? "" : " " + (i + 1);
      Path process = PROC.resolve(pids.get(i).toString());
      try {
        for (String line : Files.readAllLines(process.resolve("status"))) {
          if (line.startsWith("Cpus_allowed_list:")) {
            facts.put("processors" + number, line.substring(line.indexOf(':') + 1).strip());
          }
        }
        String command = Files.readString(process.resolve("cmdline")).replace('\0', ' ').strip();
        facts.put("command" + number, shortened(command));
      } catch (IOException e) {
        facts.put("process" + number, "cannot be looked at");
      }
    }
    return facts;
  }

  /** Class paths are long, and say little. */
  private static String shortened(String command) {
    String text = command.replaceAll("(-cp|-classpath) \\S+", "$1 ...");
    return text.length() <= LONGEST_COMMAND ? text : text.substring(0, LONGEST_COMMAND) + " ...";
  }

  /** Their process ids. */
  public List<Long> pids() {
    return pids;
  }

  /** The processes of this machine that listen at these addresses, as far as we may see them. */
  public static ServerWatch ofListeners(List<InetAddress> addresses, int port) {
    Set<String> inodes = new HashSet<>();
    for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
      inodes.addAll(listeners(Path.of(table), addresses, port));
    }
    List<Long> pids = new ArrayList<>();
    if (!inodes.isEmpty()) {
      try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
        for (Path process : processes) {
          if (hasSocket(process, inodes)) {
            pids.add(Long.parseLong(process.getFileName().toString()));
          }
        }
      } catch (IOException e) {
        return new ServerWatch(List.of());
      }
    }
    return new ServerWatch(pids);
  }

  private static Set<String> listeners(Path table, List<InetAddress> addresses, int port) {
    Set<String> wanted = new HashSet<>();
    for (InetAddress address : addresses) {
      byte[] bytes = address.getAddress();
      if (bytes.length == 4) {
        String hex =
            String.format(Locale.ROOT, "%02X%02X%02X%02X", bytes[3], bytes[2], bytes[1], bytes[0]);
        String at = String.format(Locale.ROOT, "%04X", port);
        wanted.add(hex + ":" + at);
        // As IPv6 sockets show it, and any address.
        wanted.add("0000000000000000FFFF0000" + hex + ":" + at);
        wanted.add("00000000:" + at);
        wanted.add("0".repeat(32) + ":" + at);
      }
    }
    Set<String> inodes = new HashSet<>();
    try {
      for (String line : Files.readAllLines(table)) {
        String[] fields = line.strip().split("\\s+");
        if (fields.length > 9 && fields[3].equals("0A") && wanted.contains(fields[1])) {
          inodes.add("socket:[" + fields[9] + "]");
        }
      }
    } catch (IOException e) {
      return Set.of();
    }
    return inodes;
  }

  private static boolean hasSocket(Path process, Set<String> inodes) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path file : files) {
        if (Files.isSymbolicLink(file)
            && inodes.contains(Files.readSymbolicLink(file).toString())) {
          return true;
        }
      }
    } catch (IOException e) {
      return false;
    }
    return false;
  }

  /** The processor time that all have used so far, in seconds; NaN if it is not known. */
  public double processorSeconds() {
    if (pids.isEmpty()) {
      return Double.NaN;
    }
    double ticks = 0;
    for (long pid : pids) {
      try {
        String stat = Files.readString(PROC.resolve(pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        ticks += Double.parseDouble(fields[11]) + Double.parseDouble(fields[12]);
      } catch (IOException e) {
        return Double.NaN;
      }
    }
    return ticks / TICKS_PER_SECOND;
  }

  /** The memory that all have resident, in bytes; NaN if it is not known. */
  public double residentBytes() {
    if (pids.isEmpty()) {
      return Double.NaN;
    }
    double bytes = 0;
    for (long pid : pids) {
      try {
        for (String line : Files.readAllLines(PROC.resolve(pid + "/status"))) {
          if (line.startsWith("VmRSS:")) {
            bytes += Double.parseDouble(line.replaceAll("\\D", "")) * 1024;
          }
        }
      } catch (IOException e) {
        return Double.NaN;
      }
    }
    return bytes;
  }
}
