package io.ilion.tools.console;

import io.ilion.driver.DriverException;
import io.ilion.driver.NoNodeAvailableException;
import io.ilion.driver.ServerException;
import io.ilion.model.ErrorCode;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.List;
import java.util.stream.Collectors;

/** Says in one line why there is no connection, and what to do about it. */
final class ConnectionErrors {
  private ConnectionErrors() {}

  static ToolException explain(List<InetSocketAddress> nodes, DriverException error) {
    Throwable first = error;
    if (error instanceof NoNodeAvailableException none && !none.errors().isEmpty()) {
      first = none.errors().values().iterator().next();
    }
    String where =
        nodes.stream()
            .map(node -> node.getHostString() + ":" + node.getPort())
            .collect(Collectors.joining(", "));
    Throwable root = root(first);
    String message = "cannot connect to " + where + ": ";
    if (first instanceof ServerException server && server.code() == ErrorCode.BAD_CREDENTIALS) {
      return ToolException.failed(message + server.getMessage())
          .hint("give -u USER and the password: by CQL_PASSWORD, a credentials file, or -p")
          .causedBy(error);
    }
    if (root instanceof UnresolvedAddressException || root instanceof UnknownHostException) {
      return ToolException.failed(message + "no such host").causedBy(error);
    }
    if (root instanceof ConnectException && text(root).contains("refused")) {
      return ToolException.failed(message + "connection refused")
          .hint("is a node running there? './ilion start' starts one on this machine")
          .causedBy(error);
    }
    if (text(root).contains("authenticat") || text(first).contains("authenticat")) {
      return ToolException.failed(message + text(first))
          .hint("give -u USER and the password: by CQL_PASSWORD, a credentials file, or -p")
          .causedBy(error);
    }
    if (text(root).startsWith("not an SSL/TLS record")) {
      // Netty says so in the hexadecimal digits of what came instead.
      return ToolException.failed(message + "it does not speak TLS there")
          .hint(
              "without --tls (or --ssl, or ssl = true in cqlshrc) the connection is not encrypted")
          .causedBy(error);
    }
    if (root instanceof javax.net.ssl.SSLException
        || root instanceof java.security.GeneralSecurityException) {
      return ToolException.failed(message + "TLS: " + text(root))
          .hint("see --tls-ca, --tls-any-name and, to try things out, --tls-insecure")
          .causedBy(error);
    }
    return ToolException.failed(message + text(first)).causedBy(error);
  }

  private static Throwable root(Throwable error) {
    Throwable root = error;
    for (int depth = 0; root.getCause() != null && depth < 20; depth++) {
      root = root.getCause();
    }
    return root;
  }

  private static String text(Throwable error) {
    String message = error.getMessage();
    return message == null ? error.getClass().getSimpleName() : message;
  }
}
