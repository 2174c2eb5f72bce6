package io.ilion.server.connection;

import io.ilion.model.ErrorCode;
import io.ilion.protocol.Compression;
import io.ilion.protocol.EnvelopeHeader;
import io.ilion.protocol.Event;
import io.ilion.protocol.Opcode;
import io.ilion.protocol.ProtocolException;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.Request;
import io.ilion.protocol.RequestEnvelope;
import io.ilion.protocol.Response;
import io.ilion.protocol.ResponseEnvelope;
import io.ilion.server.ClientState;
import io.ilion.server.config.Encryption;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The state machine of one connection: a request goes in, effects come out. Owned by the
 * connection's lane.
 *
 * <pre>
 *   OPENING --STARTUP--> READY        (OPTIONS in both; everything else only when READY)
 *   any     --fatal error--> CLOSED
 * </pre>
 */
public final class ConnectionProtocol {
  private static final int EVENT_STREAM = -1;
  private static final String TLS_ONLY =
      "This node talks with clients by TLS only (client_encryption)";

  /** Two numbers or more, and what may stand behind them. */
  private static final Pattern CQL_VERSION =
      Pattern.compile("(\\d{1,9})(\\.\\d{1,9})+(-[-.\\w]+)?(\\+[.\\w]+)?");

  private static final String ENDING = "This node is about to end; ask another one";

  private static final Response OVERLOADED =
      new Response.Error(
          ErrorCode.OVERLOADED,
          "Server is in overloaded state. Cannot accept more requests at this point");

  private enum State {
    OPENING,
    READY,
    CLOSED
  }

  private final ServerOptions options;
  private final ClientState client;
  private final ConnectionEffects effects;
  private final Set<Event.Type> registered = EnumSet.noneOf(Event.Type.class);
  private State state = State.OPENING;

  /** The version of the first message, which all others must have; null before it. */
  private ProtocolVersion version;

  private boolean throwOnOverload;

  /** Whether the node is about to end. */
  private boolean refuses;

  private boolean hasRefused;

  /** Creates the state machine of a connection that has just been accepted. */
  public ConnectionProtocol(ServerOptions options, ClientState client, ConnectionEffects effects) {
    this.options = options;
    this.client = client;
    this.effects = effects;
  }

  /** Whether requests of CQL are accepted. */
  public boolean isReady() {
    return state == State.READY;
  }

  /** Whether the connection is to be closed and no message is looked at any more. */
  public boolean isClosed() {
    return state == State.CLOSED;
  }

  /** Whether the client prefers an OVERLOADED error to waiting. */
  public boolean throwsOnOverload() {
    return throwOnOverload;
  }

  /** From now on requests are refused, so that clients ask other nodes. */
  public void refuseRequests() {
    refuses = true;
  }

  /** Whether the client was told since to ask other nodes. */
  public boolean hasRefused() {
    return hasRefused;
  }

  /** Takes the next request. */
  public void receive(RequestEnvelope request) {
    if (state == State.CLOSED) {
      return;
    }
    try {
      if (state == State.READY && request.version() != version) {
        throw ProtocolException.recoverable(
            "Invalid message version. Got "
                + name(request.version())
                + " but previous messages on this connection had version "
                + name(version));
      }
      switch (request.message()) {
        case Request.Options o -> {
          requireEncryption();
          respond(request, new Response.Supported(options.supported(client.lane())));
        }
        case Request.Startup startup -> startUp(request, startup);
        case Request.Register register -> {
          requireReady(request);
          registered.addAll(register.types());
          respond(request, new Response.Ready());
        }
        case Request.AuthResponse a -> {
          requireReady(request);
          respond(request, new Response.AuthSuccess(null));
        }
        default -> {
          requireReady(request);
          if (refuses) {
            // The one error that says to every driver that nothing was done, and to ask another.
            hasRefused = true;
            respond(request, new Response.Error(ErrorCode.IS_BOOTSTRAPPING, ENDING));
          } else {
            effects.execute(request);
          }
        }
      }
    } catch (ProtocolException e) {
      respond(request, new Response.Error(e.code(), e.getMessage()));
      if (e.isFatal()) {
        state = State.CLOSED;
        effects.close();
      }
    }
  }

  /** Who may not do without TLS is told before anything else, and sent away. */
  private void requireEncryption() {
    if (options.encryption() == Encryption.ALL && client.encrypted() == null) {
      throw ProtocolException.fatal(TLS_ONLY);
    }
  }

  private void requireReady(RequestEnvelope request) {
    if (state == State.OPENING) {
      requireEncryption();
      throw ProtocolException.recoverable(
          "Unexpected message "
              + request.message().opcode()
              + ", expecting "
              + Opcode.STARTUP
              + " or "
              + Opcode.OPTIONS);
    }
  }

  private void startUp(RequestEnvelope request, Request.Startup startup) {
    if (state == State.READY) {
      throw ProtocolException.recoverable(
          "Unexpected message STARTUP, the connection is already initialized");
    }
    requireEncryption();
    Map<String, String> given = new TreeMap<>();
    startup.options().forEach((key, value) -> given.put(key.toUpperCase(Locale.ROOT), value));
    checkCqlVersion(given.get("CQL_VERSION"));
    Compression compression = compression(given.get("COMPRESSION"), request.version());
    throwOnOverload = "1".equals(given.get("THROW_ON_OVERLOAD"));
    version = request.version();
    state = State.READY;
    client.opened(new ClientState.Startup(version, compression, given));
    respond(request, new Response.Ready());
    effects.useFraming(version, compression);
  }

  private static void checkCqlVersion(String cqlVersion) {
    if (cqlVersion == null) {
      throw ProtocolException.recoverable("Missing value CQL_VERSION in STARTUP message");
    }
    Matcher version = CQL_VERSION.matcher(cqlVersion);
    if (!version.matches()) {
      throw ProtocolException.recoverable("Invalid version value: " + cqlVersion);
    }
    if (Integer.parseInt(version.group(1)) < 3) {
      throw ProtocolException.recoverable(
          "CQL version "
              + cqlVersion
              + " is not supported by the binary protocol (supported version are >= 3.0.0)");
    }
  }

  private static Compression compression(String name, ProtocolVersion version) {
    if (name == null) {
      return Compression.NONE;
    }
    Compression compression = Compression.ofName(name);
    if (compression == null) {
      throw ProtocolException.recoverable(
          "Unknown compression algorithm: " + name.toLowerCase(Locale.ROOT));
    }
    if (compression == Compression.SNAPPY && version.atLeast(ProtocolVersion.V5)) {
      throw ProtocolException.recoverable("Snappy compression is not supported in protocol V5");
    }
    return compression;
  }

  /**
   * Answers an error that was found in what the client sent, and closes if it is fatal.
   *
   * @param error what is wrong, with the stream on which it is
   */
  public void fail(ProtocolException error) {
    if (state == State.CLOSED) {
      return;
    }
    if (error.unsupportedVersion() >= 0 && version == null) {
      effects.refuseVersion(error);
    } else {
      ProtocolVersion spoken = version != null ? version : ProtocolVersion.V5;
      effects.send(
          new ResponseEnvelope(
              spoken, error.stream(), new Response.Error(error.code(), error.getMessage())));
    }
    if (error.isFatal()) {
      state = State.CLOSED;
      effects.close();
    }
  }

  /**
   * Whether a request would be executed if its body is as it should be: what may be refused by its
   * header alone.
   */
  public boolean wouldExecute(EnvelopeHeader request) {
    return state == State.READY
        && !refuses
        && request.version() == version
        && !request.response()
        && isExecuted(request.opcode());
  }

  private static boolean isExecuted(int opcode) {
    return opcode == Opcode.EXECUTE.code()
        || opcode == Opcode.QUERY.code()
        || opcode == Opcode.BATCH.code()
        || opcode == Opcode.PREPARE.code();
  }

  /** Refuses the request on a stream because there are too many. */
  public void refuseOverloaded(int stream) {
    effects.send(new ResponseEnvelope(version, stream, OVERLOADED));
  }

  /** Passes an event on if the client has registered for it. */
  public void notice(Event event) {
    if (state == State.READY && registered.contains(event.type())) {
      effects.send(new ResponseEnvelope(version, EVENT_STREAM, new Response.Notice(event)));
    }
  }

  private void respond(RequestEnvelope request, Response response) {
    ProtocolVersion spoken = version != null ? version : request.version();
    effects.send(new ResponseEnvelope(spoken, request.stream(), response));
  }

  private static String name(ProtocolVersion version) {
    return version.number() + "/v" + version.number();
  }
}
