package io.ilion.driver;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** No node could be tried, or each that was tried failed in a way that let the next be tried. */
public final class NoNodeAvailableException extends DriverException {
  private static final long serialVersionUID = 1L;
  private final transient Map<SocketAddress, Throwable> errors;

  /** The failure of all nodes, each with its own; empty when there was none to try. */
  public NoNodeAvailableException(Map<SocketAddress, ? extends Throwable> errors) {
    this(describe(errors), new LinkedHashMap<>(errors), null);
  }

  private NoNodeAvailableException(
      String message, Map<SocketAddress, Throwable> errors, Throwable cause) {
    super(message, null, cause);
    this.errors = errors;
    if (cause == null) {
      errors.values().forEach(this::addSuppressed);
    }
  }

  /** There is none any more. */
  static NoNodeAvailableException closed() {
    return new NoNodeAvailableException("The session is closed", Map.of(), null);
  }

  private static String describe(Map<SocketAddress, ? extends Throwable> errors) {
    return errors.isEmpty()
        ? "No node is connected"
        : errors.entrySet().stream()
            .map(entry -> text(entry.getKey()) + ": " + entry.getValue().getMessage())
            .collect(Collectors.joining("; ", "All nodes that were tried failed: ", ""));
  }

  private static String text(SocketAddress address) {
    return address instanceof InetSocketAddress inet
        ? inet.getHostString() + ":" + inet.getPort()
        : address.toString();
  }

  /** What each node that was tried failed with. */
  public Map<SocketAddress, Throwable> errors() {
    return errors;
  }

  @Override
  NoNodeAvailableException copy() {
    return new NoNodeAvailableException(getMessage(), errors, this);
  }
}
