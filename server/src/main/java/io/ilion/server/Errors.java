package io.ilion.server;

import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;
import io.ilion.protocol.ErrorDetails;
import io.ilion.protocol.ProtocolException;
import io.ilion.protocol.Response;
import io.ilion.server.cql.RequestException;
import io.ilion.server.cql.UnavailableException;

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
      default -> null;
    };
  }
}
