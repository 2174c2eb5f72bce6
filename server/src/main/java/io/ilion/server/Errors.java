package io.ilion.server;

import io.ilion.coordinator.replica.UnavailableException;
import io.ilion.coordinator.replica.WriteFailureException;
import io.ilion.coordinator.replica.WriteTimeoutException;
import io.ilion.coordinator.replica.read.ReadFailureException;
import io.ilion.coordinator.replica.read.ReadTimeoutException;
import io.ilion.coordinator.write.DecisionUnknownException;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;
import io.ilion.protocol.ErrorDetails;
import io.ilion.protocol.ProtocolException;
import io.ilion.protocol.Response;
import io.ilion.runtime.NodeAddress;
import io.ilion.server.cql.RequestException;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/** Turns failures into the errors that clients are told. */
public final class Errors {
  private Errors() {}

  /** Returns the ERROR that a failure stands for; what nobody foresaw is a SERVER_ERROR. */
  public static Response.Error toResponse(Throwable failure) {
    if (failure instanceof CqlException e) {
      return new Response.Error(e.code(), e.getMessage(), details(e));
    }
    if (failure instanceof ProtocolException e) {
      return new Response.Error(e.code(), e.getMessage());
    }
    return new Response.Error(ErrorCode.SERVER_ERROR, failure.toString());
  }

  private static ErrorDetails details(CqlException failure) {
    return switch (failure) {
      case CqlException.AlreadyExists e -> new ErrorDetails.AlreadyExists(e.keyspace(), e.table());
      case CqlException.FunctionFailure e ->
          new ErrorDetails.FunctionFailure(e.keyspace(), e.function(), e.argumentTypes());
      case RequestException e -> e.details();
      case UnavailableException e ->
          new ErrorDetails.Unavailable(e.level(), e.required(), e.alive());
      case ReadTimeoutException e ->
          new ErrorDetails.ReadTimeout(e.level(), e.received(), e.blockFor(), e.dataPresent());
      case ReadFailureException e ->
          new ErrorDetails.ReadFailure(
              e.level(), e.received(), e.blockFor(), failures(e.reasons()), e.dataPresent());
      case WriteTimeoutException e ->
          new ErrorDetails.WriteTimeout(
              e.level(), e.received(), e.blockFor(), e.type(), e.contentions());
      case DecisionUnknownException e ->
          new ErrorDetails.CasWriteUnknown(e.level(), e.accepted(), e.required());
      case WriteFailureException e ->
          new ErrorDetails.WriteFailure(
              e.level(), e.received(), e.blockFor(), failures(e.reasons()), e.type());
      default -> null;
    };
  }

  /** The replicas that failed, by the reasons that clients know. */
  public static ErrorDetails.Failures failures(Map<NodeAddress, FailureReason> reasons) {
    Map<InetAddress, Integer> codes = new LinkedHashMap<>();
    reasons.forEach(
        (node, reason) -> {
          try {
            codes.put(InetAddress.ofLiteral(node.host()), clientCode(reason));
          } catch (IllegalArgumentException e) {
            // A name: clients are told of addresses only, and learn the number then.
            codes.clear();
          }
        });
    return codes.size() == reasons.size()
        ? ErrorDetails.Failures.of(codes)
        : new ErrorDetails.Failures(reasons.size(), Map.of());
  }

  private static int clientCode(FailureReason reason) {
    return switch (reason) {
      case OVERLOADED, STALE_EPOCH -> FailureReason.UNKNOWN.code();
      default -> reason.code();
    };
  }
}
