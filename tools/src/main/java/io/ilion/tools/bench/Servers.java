package io.ilion.tools.bench;

import io.ilion.bench.load.run.MetricsWatch;
import io.ilion.bench.load.run.ServerWatch;
import io.ilion.driver.Session;
import io.ilion.tools.console.ToolException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Finds what can be watched of the servers of a session. */
final class Servers {
  private static final int HTTP_PORT = 9180;
  private static final int MOST_NODES = 64;

  private Servers() {}

  /** Their processes: those that were given, else those of this machine at the nodes' ports. */
  static ServerWatch processes(Session session, List<Long> pids) {
    if (pids != null) {
      return new ServerWatch(pids);
    }
    List<InetAddress> addresses = new ArrayList<>();
    int port = 0;
    for (InetSocketAddress node : nodes(session)) {
      addresses.add(node.getAddress());
      port = node.getPort();
    }
    return ServerWatch.ofListeners(addresses, port);
  }

  private static List<InetSocketAddress> nodes(Session session) {
    return session.metadata().nodes().stream()
        .map(node -> node.address())
        .filter(address -> address.getAddress() != null)
        .limit(MOST_NODES)
        .toList();
  }

  /**
   * What nodes of Ilion serve: at the places given, else at the usual port of each node. That is
   * open to the node's own machine only, unless its settings say otherwise.
   *
   * @param given addresses, or {@code none}; null if nothing was said
   */
  static MetricsWatch metrics(Session session, List<String> given) {
    if (given != null && given.equals(List.of("none"))) {
      return MetricsWatch.of(List.of());
    }
    Set<URI> places = new LinkedHashSet<>();
    if (given != null) {
      given.forEach(place -> places.add(uri(place)));
    } else {
      for (InetSocketAddress node : nodes(session)) {
        String host = node.getAddress().getHostAddress();
        boolean isOurs = !node.getAddress().isLoopbackAddress() && isOfThisMachine(node);
        places.add(uri(usual(isOurs ? "127.0.0.1" : host)));
      }
    }
    MetricsWatch watch = MetricsWatch.of(List.copyOf(places));
    if (given != null && watch.nodes() < places.size()) {
      int nodes = watch.nodes();
      watch.close();
      throw ToolException.failed(
              "--metrics: %d of %d places answer as a node of Ilion does"
                  .formatted(nodes, places.size()))
          .hint("such as http://127.0.0.1:%d/metrics".formatted(HTTP_PORT));
    }
    return watch;
  }

  private static String usual(String host) {
    return "http://%s:%d/metrics"
        .formatted(host.contains(":") ? "[" + host + "]" : host, HTTP_PORT);
  }

  private static boolean isOfThisMachine(InetSocketAddress node) {
    try {
      return NetworkInterface.getByInetAddress(node.getAddress()) != null;
    } catch (SocketException e) {
      return false;
    }
  }

  private static URI uri(String place) {
    try {
      URI uri = URI.create(place);
      if ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      throw wrong(place).causedBy(e);
    }
    throw wrong(place);
  }

  private static ToolException wrong(String place) {
    return ToolException.wrongUse("--metrics " + place + ": this is no HTTP address")
        .hint("such as http://127.0.0.1:%d/metrics".formatted(HTTP_PORT));
  }
}
