package io.ilion.server;

import io.ilion.model.ErrorCode;
import io.ilion.protocol.Opcode;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.Request;
import io.ilion.protocol.RequestEnvelope;
import io.ilion.protocol.Response;
import io.ilion.protocol.ResponseCodec;
import io.ilion.protocol.ResponseEnvelope;
import io.ilion.protocol.ResponseWriter;
import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * One request and the way to answer it, exactly once, from any thread.
 *
 * <p>The fast way is to write the message in place: {@link #begin}, then append the message (a
 * {@link io.ilion.protocol.RowsWriter}, say), then {@link #end}, all in one go on one thread and
 * without beginning another answer in between. Answers of one lane to one connection share a
 * buffer, so nothing is allocated for one of them.
 */
public final class Exchange {
  /** A string on the wire has at most 65535 bytes, and a character at most three. */
  private static final int MAX_WARNING_CHARS = 21_845;

  private static final String TRUNCATED = "... [truncated]";

  private static final VarHandle CLAIMED;

  static {
    try {
      CLAIMED = MethodHandles.lookup().findVarHandle(Exchange.class, "claimed", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final ClientState client;
  private final ResponseSink sink;
  private final RequestEnvelope request;
  private long startedNanos;
  private ByteBuf out;
  private int start;
  private boolean answered;
  private Trace trace;
  private Consumer<ErrorCode> failures;

  /** Whether somebody has taken the right to answer. */
  private volatile boolean claimed;

  /** The warnings so far, or null. */
  private List<String> warned;

  /** What is told of a request that is traced. */
  public interface Trace {
    /** The id that goes with the answer. */
    UUID id();

    /** The answer has been written. */
    void answered();
  }

  /** Creates the exchange of a request that arrived. */
  public Exchange(ClientState client, ResponseSink sink, RequestEnvelope request) {
    this.client = client;
    this.sink = sink;
    this.request = request;
  }

  /** Notes when the request was taken from its socket, on the node's monotonic clock. */
  public void startedAt(long nanos) {
    startedNanos = nanos;
  }

  /** Has somebody told of the error, if that is the answer. */
  public void countFailures(Consumer<ErrorCode> counter) {
    failures = counter;
  }

  /** When the request was taken from its socket. */
  public long startedNanos() {
    return startedNanos;
  }

  /** The connection that the request came by. */
  public ClientState client() {
    return client;
  }

  /** The request. */
  public Request message() {
    return request.message();
  }

  /** The protocol version to answer in. */
  public ProtocolVersion version() {
    return request.version();
  }

  /** Whether the client wants the request traced. */
  public boolean tracing() {
    return request.tracing();
  }

  /** Gives the answer, whichever it will be, the id of this trace, which is told of it. */
  public void trace(Trace trace) {
    this.trace = trace;
  }

  /** Gives the answer, whichever it will be, a warning. */
  public void warn(String warning) {
    if (warned == null) {
      warned = new ArrayList<>();
    }
    warned.add(
        warning.length() <= MAX_WARNING_CHARS
            ? warning
            : warning.substring(0, MAX_WARNING_CHARS - TRUNCATED.length()) + TRUNCATED);
  }

  /** The bytes of the request's envelope. */
  public int size() {
    return request.size();
  }

  /**
   * Takes the right to answer: true for the first who asks. Who shares a request with a timer
   * answers only with this.
   */
  public boolean claim() {
    return CLAIMED.compareAndSet(this, false, true);
  }

  /** Whether somebody has taken the right to answer. */
  public boolean isClaimed() {
    return claimed;
  }

  /** Begins the answer; the message is to be appended to the returned buffer. */
  public ByteBuf begin(Opcode opcode) {
    if (answered || out != null) {
      throw new IllegalStateException("answered already: " + request.message().opcode());
    }
    out = sink.open();
    start = ResponseWriter.begin(out, request.version(), request.stream(), opcode);
    return out;
  }

  /** Completes the answer that was begun. */
  public void end() {
    if (trace == null && warned == null) {
      ResponseWriter.end(out, start);
      complete();
    } else {
      end(null, List.of(), null);
    }
  }

  /**
   * Completes the answer that was begun, with what goes beside the message.
   *
   * @param tracingId the trace of the request, or null
   * @param warnings may be empty
   * @param customPayload may be null
   */
  public void end(UUID tracingId, List<String> warnings, Map<String, byte[]> customPayload) {
    ResponseWriter.end(out, start, idOr(tracingId), allWarnings(warnings), customPayload);
    complete();
  }

  private List<String> allWarnings(List<String> more) {
    if (warned == null) {
      return more;
    }
    List<String> all = new ArrayList<>(more);
    all.addAll(warned);
    return all;
  }

  private UUID idOr(UUID tracingId) {
    // Who did not ask for a trace is not told of one.
    return tracingId == null && trace != null && tracing() ? trace.id() : tracingId;
  }

  private void complete() {
    ByteBuf buffer = out;
    out = null;
    answered = true;
    sink.complete(buffer, this);
    if (trace != null) {
      trace.answered();
    }
  }

  /** Takes back what was begun, so that another answer can be given; nothing if nothing was. */
  public void cancel() {
    if (out != null) {
      ByteBuf buffer = out;
      out = null;
      buffer.writerIndex(start);
      sink.abandon(buffer);
    }
  }

  /** Answers that the request was executed and has nothing to show. */
  public void respondVoid() {
    begin(Opcode.RESULT).writeInt(1);
    end();
  }

  /** Answers with a message. */
  public void respond(Response message) {
    respond(message, null, List.of(), null);
  }

  /** Answers with a message and what goes beside it; see {@link #end(UUID, List, Map)}. */
  public void respond(
      Response message, UUID tracingId, List<String> warnings, Map<String, byte[]> customPayload) {
    if (answered || out != null) {
      throw new IllegalStateException("answered already: " + request.message().opcode());
    }
    out = sink.open();
    start = out.writerIndex();
    try {
      ResponseCodec.encode(
          new ResponseEnvelope(
              request.version(),
              request.stream(),
              idOr(tracingId),
              allWarnings(warnings),
              customPayload,
              message),
          out);
    } catch (RuntimeException e) {
      cancel();
      throw e;
    }
    complete();
  }

  /** Answers with the error that a failure stands for, in place of an answer that was begun. */
  public void fail(Throwable failure) {
    cancel();
    Response.Error error = Errors.toResponse(failure);
    if (failures != null) {
      failures.accept(error.code());
    }
    respond(error);
  }
}
