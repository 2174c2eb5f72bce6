package io.ilion.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.driver.codec.CodecRegistry;
import io.ilion.model.ErrorCode;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.SetType;
import io.ilion.protocol.ColumnSpec;
import io.ilion.protocol.ColumnType;
import io.ilion.protocol.Compression;
import io.ilion.protocol.Envelope;
import io.ilion.protocol.EnvelopeReader;
import io.ilion.protocol.EnvelopeWriter;
import io.ilion.protocol.Event;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.Request;
import io.ilion.protocol.RequestCodec;
import io.ilion.protocol.RequestEnvelope;
import io.ilion.protocol.Response;
import io.ilion.protocol.ResponseCodec;
import io.ilion.protocol.ResponseEnvelope;
import io.ilion.protocol.Result;
import io.ilion.protocol.RowsMetadata;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A server that does what a test says. It opens connections and answers for the system tables as a
 * node does; what it does with other requests is its script.
 */
class ScriptedServer implements AutoCloseable {
  /** What is done with a request. Returns the answer, or null when there is none. */
  @FunctionalInterface
  interface Script {
    Response answer(Request request, Client client) throws IOException;
  }

  /** On the heap, so that nothing need be released. */
  private static final ByteBufAllocator BUFFERS = new UnpooledByteBufAllocator(false, true);

  final UUID hostId = UUID.randomUUID();
  final List<ScriptedServer> peers = new ArrayList<>();
  final Map<String, List<String>> supported = new LinkedHashMap<>();
  final List<Client> clients = new CopyOnWriteArrayList<>();
  final ConcurrentLinkedQueue<Request> received = new ConcurrentLinkedQueue<>();
  volatile Script script = (request, client) -> new Result.Void();
  volatile String datacenter = "dc1";
  volatile Set<String> tokens = Set.of("0");
  volatile ProtocolVersion newest = ProtocolVersion.V5;
  volatile boolean silentAtStart;
  volatile String password;
  volatile int shards;

  /** Says what schema it has, if it does. */
  volatile UUID schemaVersion;

  private final InetAddress address;
  private volatile ServerSocket listener;
  private volatile int port;

  ScriptedServer() {
    this(new ServerSocketSource(), "127.0.0.1");
  }

  ScriptedServer(String host) {
    this(new ServerSocketSource(), host);
  }

  private final ServerSocketSource sockets;

  ScriptedServer(ServerSocketSource sockets, String host) {
    this.sockets = sockets;
    try {
      address = InetAddress.getByName(host);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    supported.put("COMPRESSION", List.of("lz4"));
    open();
  }

  /** Makes the sockets that a server listens on. */
  static class ServerSocketSource {
    ServerSocket open(int port, InetAddress address) throws IOException {
      return new ServerSocket(port, 50, address);
    }
  }

  /** Waits for what servers and drivers do among themselves. */
  static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  InetSocketAddress address() {
    return new InetSocketAddress(address, port);
  }

  /** Listens, again at the same port if it did before. */
  final void open() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    ServerSocket bound = null;
    while (bound == null) {
      try {
        bound = sockets.open(port, address);
      } catch (BindException e) {
        // While it was closed, its port may have become that of somebody's connection.
        assertThat(System.nanoTime()).as(e.getMessage()).isLessThan(end);
        Thread.onSpinWait();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    listener = bound;
    port = listener.getLocalPort();
    ServerSocket opened = listener;
    daemon(() -> accept(opened));
  }

  private static void daemon(Runnable task) {
    Thread thread = new Thread(task, "scripted server");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept(ServerSocket from) {
    while (true) {
      try {
        Socket accepted = from.accept();
        synchronized (this) {
          if (from.isClosed()) {
            // Who comes while it closes may be let in by the operating system all the same.
            accepted.close();
            return;
          }
          Client client = new Client(accepted, clients.size());
          clients.add(client);
          daemon(client::run);
        }
      } catch (IOException e) {
        return;
      }
    }
  }

  /** Tells everybody of an event. */
  void tell(Event event) {
    clients.forEach(client -> client.send(-1, new Response.Notice(event)));
  }

  /** Closes the connections and listens no more. */
  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    synchronized (this) {
      clients.forEach(Client::close);
      clients.clear();
    }
  }

  List<Request> receivedOf(Class<? extends Request> kind) {
    return received.stream().filter(kind::isInstance).toList();
  }

  /** One connection, seen from the server. */
  final class Client {
    final int shard;
    final ConcurrentLinkedQueue<Request> requests = new ConcurrentLinkedQueue<>();
    private final Socket socket;
    private final EnvelopeReader reader = new EnvelopeReader(BUFFERS, 1 << 24);
    private final EnvelopeWriter writer = new EnvelopeWriter(BUFFERS);
    private ProtocolVersion version = ProtocolVersion.V5;
    volatile int stream;

    /** The last request, with what its envelope says. */
    volatile RequestEnvelope envelope;

    Client(Socket socket, int number) {
      this.socket = socket;
      this.shard = shards == 0 ? 0 : number % shards;
    }

    private void run() {
      byte[] bytes = new byte[65536];
      try (InputStream in = socket.getInputStream()) {
        for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
          reader.feed(Unpooled.copiedBuffer(bytes, 0, n));
          for (Envelope e = reader.next(); e != null; e = reader.next()) {
            handle(RequestCodec.decode(e));
          }
        }
      } catch (IOException e) {
        // The other side has closed, or this one, or they do not trust each other.
        close();
      }
    }

    private void handle(RequestEnvelope envelope) throws IOException {
      version = envelope.version();
      stream = envelope.stream();
      this.envelope = envelope;
      Request request = envelope.message();
      received.add(request);
      requests.add(request);
      Response response = builtIn(request);
      if (response == null && !silentAtStart) {
        response = script.answer(request, this);
      }
      if (response != null) {
        send(envelope.stream(), response);
      }
      if (request instanceof Request.Startup startup && response instanceof Response.Ready) {
        begin(startup);
      } else if (request instanceof Request.Startup startup
          && response instanceof Response.Authenticate) {
        begin(startup);
      }
    }

    private void begin(Request.Startup startup) {
      boolean lz4 = "lz4".equals(startup.options().get("COMPRESSION"));
      Compression compression = lz4 ? Compression.LZ4 : Compression.NONE;
      if (version == ProtocolVersion.V5) {
        reader.useSegments(compression);
        writer.useSegments(compression);
      } else {
        reader.useCompression(compression);
        writer.useCompression(compression);
      }
    }

    private Response builtIn(Request request) {
      if (silentAtStart) {
        return null;
      }
      if (version.compareTo(newest) > 0) {
        int asked = version.number();
        version = newest;
        return new Response.Error(
            ErrorCode.PROTOCOL_ERROR,
            "Invalid or unsupported protocol version (" + asked + "); the newest is older");
      }
      if (request instanceof Request.Options && requests.size() == 1) {
        Map<String, List<String>> options = new LinkedHashMap<>(supported);
        if (shards > 0) {
          options.put("SCYLLA_SHARD", List.of(String.valueOf(shard)));
          options.put("SCYLLA_NR_SHARDS", List.of(String.valueOf(shards)));
          options.put("SCYLLA_SHARDING_ALGORITHM", List.of("biased-token-round-robin"));
          options.put("SCYLLA_SHARDING_IGNORE_MSB", List.of("12"));
        }
        return new Response.Supported(options);
      }
      if (request instanceof Request.Startup) {
        return password == null
            ? new Response.Ready()
            : new Response.Authenticate("org.apache.cassandra.auth.PasswordAuthenticator");
      }
      if (request instanceof Request.AuthResponse auth) {
        return new String(auth.token(), java.nio.charset.StandardCharsets.UTF_8)
                .equals("\0user\0" + password)
            ? new Response.AuthSuccess(null)
            : new Response.Error(ErrorCode.BAD_CREDENTIALS, "Provided username or password wrong");
      }
      if (request instanceof Request.Register) {
        return new Response.Ready();
      }
      return request instanceof Request.Query query ? system(query.query()) : null;
    }

    void send(int onStream, Response response) {
      send(new ResponseEnvelope(version, onStream, response));
    }

    /** Sends an answer with what its envelope says. */
    void send(ResponseEnvelope response) {
      ByteBuf out = Unpooled.buffer();
      ResponseCodec.encode(response, out);
      write(writer.write(out));
    }

    /** Sends bytes as they are. */
    void sendRaw(byte[] bytes) {
      write(Unpooled.wrappedBuffer(bytes));
    }

    private synchronized void write(ByteBuf out) {
      try {
        OutputStream to = socket.getOutputStream();
        to.write(io.netty.buffer.ByteBufUtil.getBytes(out));
        to.flush();
      } catch (IOException e) {
        // Nobody is there any more.
        close();
      }
    }

    void close() {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  // ---- the tables of the system

  private Response system(String query) {
    if (query.contains("schema_version FROM system.")) {
      return schemaVersions(query.contains("peers") ? peers : List.of(this));
    }
    if (query.contains("system.local")) {
      return nodes(List.of(this), false);
    }
    if (query.contains("system.peers_v2")) {
      return nodes(peers, true);
    }
    if (query.contains("system_schema.keyspaces")) {
      return rows(
          List.of("keyspace_name", "replication", "durable_writes"),
          List.of(
              NativeType.TEXT,
              new io.ilion.model.type.MapType(NativeType.TEXT, NativeType.TEXT, false),
              NativeType.BOOLEAN),
          List.of("ks", Map.of("class", "SimpleStrategy", "replication_factor", "1"), true));
    }
    if (query.contains("system_schema.") || query.contains("system_virtual_schema.")) {
      return rows(List.of("keyspace_name"), List.of(NativeType.TEXT));
    }
    if (query.startsWith("USE ")) {
      return new Result.SetKeyspace(query.substring(5, query.length() - 1));
    }
    return null;
  }

  private static Response schemaVersions(List<ScriptedServer> nodes) {
    return rows(
        List.of("schema_version"),
        List.of(NativeType.UUID),
        nodes.stream()
            .filter(node -> node.schemaVersion != null)
            .map(node -> List.of(node.schemaVersion))
            .toArray(List[]::new));
  }

  private static Response nodes(List<ScriptedServer> nodes, boolean peers) {
    CqlType set = new SetType(NativeType.TEXT, false);
    List<List<Object>> rows = new ArrayList<>();
    for (ScriptedServer node : nodes) {
      rows.add(
          List.of(
              node.address,
              node.port,
              node.hostId,
              node.datacenter,
              "r1",
              "5.0.8",
              node.tokens,
              "the cluster"));
    }
    return rows(
        List.of(
            peers ? "native_address" : "rpc_address",
            peers ? "native_port" : "rpc_port",
            "host_id",
            "data_center",
            "rack",
            "release_version",
            "tokens",
            "cluster_name"),
        List.of(
            NativeType.INET,
            NativeType.INT,
            NativeType.UUID,
            NativeType.TEXT,
            NativeType.TEXT,
            NativeType.TEXT,
            set,
            NativeType.TEXT),
        rows.toArray(List[]::new));
  }

  /** Rows of these columns. */
  static Result.Rows rows(List<String> names, List<? extends CqlType> types, List<?>... values) {
    return rows(null, names, types, values);
  }

  /** A page of rows, behind which others may follow. */
  static Result.Rows rows(
      byte[] pagingState, List<String> names, List<? extends CqlType> types, List<?>... values) {
    CodecRegistry codecs = CodecRegistry.standard();
    List<byte[][]> rows = new ArrayList<>();
    for (List<?> row : values) {
      byte[][] cells = new byte[row.size()][];
      for (int i = 0; i < cells.length; i++) {
        cells[i] = codecs.encode(types.get(i), row.get(i));
      }
      rows.add(cells);
    }
    return new Result.Rows(columns(names, types), names.size(), null, pagingState, rows);
  }

  static RowsMetadata columns(List<String> names, List<? extends CqlType> types) {
    List<ColumnSpec> columns = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      columns.add(new ColumnSpec("ks", "t", names.get(i), ColumnType.of(types.get(i))));
    }
    return new RowsMetadata(columns);
  }
}
