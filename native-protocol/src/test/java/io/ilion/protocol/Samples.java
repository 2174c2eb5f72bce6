package io.ilion.protocol;

import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.model.WriteType;
import io.ilion.model.type.Values;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/** Makes messages of every kind from a seed. */
final class Samples {
  private final Random random;

  Samples(long seed) {
    this.random = new Random(seed);
  }

  /** One request of each kind, with random contents. */
  List<Request> requests(ProtocolVersion version) {
    boolean v5 = version.atLeast(ProtocolVersion.V5);
    List<Request> list = new ArrayList<>();
    list.add(new Request.Startup(stringMap()));
    list.add(new Request.Options());
    list.add(new Request.AuthResponse(random.nextInt(4) == 0 ? null : bytes(40)));
    Set<Event.Type> types = EnumSet.noneOf(Event.Type.class);
    for (Event.Type type : Event.Type.values()) {
      if (random.nextBoolean()) {
        types.add(type);
      }
    }
    list.add(new Request.Register(types));
    list.add(new Request.Query(text(), parameters(version, values(version, true))));
    list.add(new Request.Prepare(text(), v5 && random.nextBoolean() ? text() : null));
    list.add(
        new Request.Execute(
            new Digest(bytes(16)),
            v5 ? new Digest(bytes(16)) : null,
            parameters(version, values(version, true))));
    List<Request.BatchStatement> statements = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      BoundValues values = values(version, false);
      statements.add(
          random.nextBoolean()
              ? new Request.BatchStatement(text(), null, values)
              : new Request.BatchStatement(null, new Digest(bytes(16)), values));
    }
    list.add(
        new Request.Batch(
            Request.BatchType.values()[random.nextInt(3)],
            statements,
            parameters(version, BoundValues.NONE)));
    return list;
  }

  /** One request envelope of each kind. */
  List<RequestEnvelope> requestEnvelopes(ProtocolVersion version) {
    List<RequestEnvelope> list = new ArrayList<>();
    for (Request request : requests(version)) {
      Map<String, byte[]> payload =
          version.atLeast(ProtocolVersion.V4) && random.nextInt(4) == 0 ? bytesMap() : null;
      list.add(
          new RequestEnvelope(
              version, random.nextInt(32768), random.nextBoolean(), payload, request, 0));
    }
    return list;
  }

  /** One response of each kind and of each error. */
  List<Response> responses(ProtocolVersion version) {
    boolean v5 = version.atLeast(ProtocolVersion.V5);
    List<Response> list = new ArrayList<>();
    for (ErrorCode code : ErrorCode.values()) {
      boolean told =
          switch (code) {
            case READ_FAILURE, WRITE_FAILURE, FUNCTION_FAILURE ->
                version.atLeast(ProtocolVersion.V4);
            case CAS_WRITE_UNKNOWN, CDC_WRITE_FAILURE -> v5;
            default -> true;
          };
      if (told) {
        list.add(new Response.Error(code, text(), details(code, v5)));
      }
    }
    list.add(new Response.Ready());
    list.add(new Response.Authenticate(text()));
    Map<String, List<String>> options = new LinkedHashMap<>();
    options.put("COMPRESSION", List.of("lz4", "snappy"));
    options.put(text(), List.of());
    list.add(new Response.Supported(options));
    list.add(new Response.AuthChallenge(bytes(30)));
    list.add(new Response.AuthSuccess(random.nextBoolean() ? null : bytes(30)));
    list.add(new Response.Notice(new Event.StatusChange(Event.StatusChange.Status.UP, inet())));
    list.add(
        new Response.Notice(
            new Event.TopologyChange(Event.TopologyChange.Change.REMOVED_NODE, inet())));
    for (Event.SchemaChange.Target target : Event.SchemaChange.Target.values()) {
      boolean function = target.compareTo(Event.SchemaChange.Target.FUNCTION) >= 0;
      if (!function || version.atLeast(ProtocolVersion.V4)) {
        Event.SchemaChange change =
            new Event.SchemaChange(
                Event.SchemaChange.Change.values()[random.nextInt(3)],
                target,
                text(),
                target == Event.SchemaChange.Target.KEYSPACE ? null : text(),
                function ? List.of("int", text()) : List.of());
        list.add(new Response.Notice(change));
        list.add(new Result.SchemaChanged(change));
      }
    }
    list.add(new Result.Void());
    list.add(new Result.SetKeyspace(text()));
    list.add(
        new Result.Prepared(
            new Digest(bytes(16)),
            v5 ? new Digest(bytes(16)) : null,
            metadata(random.nextInt(5)),
            version.atLeast(ProtocolVersion.V4) ? new int[] {1, 0} : new int[0],
            metadata(random.nextInt(5))));
    return list;
  }

  private ErrorDetails details(ErrorCode code, boolean v5) {
    Consistency consistency = consistency();
    return switch (code) {
      case UNAVAILABLE -> new ErrorDetails.Unavailable(consistency, 3, random.nextInt(3));
      case WRITE_TIMEOUT -> {
        WriteType type = WriteType.values()[random.nextInt(WriteType.values().length)];
        // Before version 5 the message of one of CAS is another.
        type = !v5 && type == WriteType.CAS ? WriteType.SIMPLE : type;
        int contentions = type == WriteType.CAS ? random.nextInt(65536) : 0;
        yield new ErrorDetails.WriteTimeout(consistency, 1, 2, type, contentions);
      }
      case READ_TIMEOUT -> new ErrorDetails.ReadTimeout(consistency, 1, 2, random.nextBoolean());
      case READ_FAILURE ->
          new ErrorDetails.ReadFailure(consistency, 1, 2, failures(v5), random.nextBoolean());
      case WRITE_FAILURE ->
          new ErrorDetails.WriteFailure(consistency, 1, 2, failures(v5), WriteType.BATCH);
      case FUNCTION_FAILURE -> new ErrorDetails.FunctionFailure(text(), text(), List.of("int"));
      case CAS_WRITE_UNKNOWN -> new ErrorDetails.CasWriteUnknown(consistency, 1, 2);
      case ALREADY_EXISTS -> new ErrorDetails.AlreadyExists(text(), "");
      case UNPREPARED -> new ErrorDetails.Unprepared(new Digest(bytes(16)));
      default -> null;
    };
  }

  private ErrorDetails.Failures failures(boolean v5) {
    return v5
        ? ErrorDetails.Failures.of(Map.of(inet().getAddress(), random.nextInt(5)))
        : new ErrorDetails.Failures(random.nextInt(5), Map.of());
  }

  RowsMetadata metadata(int columns) {
    boolean oneTable = random.nextBoolean();
    List<ColumnSpec> list = new ArrayList<>();
    for (int i = 0; i < columns; i++) {
      list.add(new ColumnSpec("ks", oneTable ? "t" : "t" + i, text(), type(3)));
    }
    return new RowsMetadata(list);
  }

  private ColumnType type(int depth) {
    return switch (random.nextInt(depth == 0 ? 2 : 7)) {
      case 0 -> new ColumnType.Native(1 + random.nextInt(ColumnType.DURATION));
      case 1 -> new ColumnType.Custom("org.apache.cassandra.db.marshal.EmptyType");
      case 2 -> new ColumnType.ListOf(type(depth - 1));
      case 3 -> new ColumnType.SetOf(type(depth - 1));
      case 4 -> new ColumnType.MapOf(type(depth - 1), type(depth - 1));
      case 5 -> new ColumnType.Tuple(List.of(type(depth - 1), type(depth - 1)));
      default ->
          new ColumnType.UserDefined(
              "ks", text(), List.of("a", "b"), List.of(type(depth - 1), type(depth - 1)));
    };
  }

  private QueryParameters parameters(ProtocolVersion version, BoundValues values) {
    boolean v5 = version.atLeast(ProtocolVersion.V5);
    return new QueryParameters(
        consistency(),
        values,
        random.nextBoolean(),
        random.nextBoolean() ? random.nextInt(10_000) : QueryParameters.NO_PAGE_SIZE,
        random.nextInt(3) == 0 ? bytes(50) : null,
        random.nextBoolean() ? Consistency.SERIAL : Consistency.LOCAL_SERIAL,
        random.nextBoolean() ? random.nextLong() | 1 : QueryParameters.NO_TIMESTAMP,
        v5 && random.nextBoolean() ? text() : null,
        v5 && random.nextBoolean() ? random.nextInt() | 1 : QueryParameters.NO_NOW_IN_SECONDS);
  }

  private BoundValues values(ProtocolVersion version, boolean mayBeNamed) {
    int count = random.nextInt(6);
    List<byte[]> values = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int kind = random.nextInt(5);
      boolean unset = kind == 1 && version.atLeast(ProtocolVersion.V4);
      values.add(kind == 0 ? null : unset ? Values.UNSET : bytes(100));
      names.add(text());
    }
    if (count == 0) {
      return BoundValues.NONE;
    }
    return mayBeNamed && random.nextBoolean()
        ? BoundValues.named(names, values)
        : BoundValues.of(values);
  }

  Map<String, byte[]> bytesMap() {
    Map<String, byte[]> map = new LinkedHashMap<>();
    map.put(text(), bytes(20));
    map.put("null", null);
    return map;
  }

  private Map<String, String> stringMap() {
    Map<String, String> map = new LinkedHashMap<>();
    map.put("CQL_VERSION", "3.0.0");
    map.put(text(), text());
    return map;
  }

  UUID uuid() {
    return new UUID(random.nextLong(), random.nextLong());
  }

  private Consistency consistency() {
    return Consistency.values()[random.nextInt(Consistency.values().length)];
  }

  byte[] bytes(int max) {
    byte[] bytes = new byte[random.nextInt(max)];
    random.nextBytes(bytes);
    return bytes;
  }

  String text() {
    return random
        .ints(random.nextInt(30), 0, 6)
        .mapToObj(i -> List.of("a", "Z", "\"", "é", "語", "\uD83D\uDE00").get(i))
        .reduce("", String::concat);
  }

  private InetSocketAddress inet() {
    byte[] address = new byte[random.nextBoolean() ? 4 : 16];
    random.nextBytes(address);
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address), random.nextInt(65536));
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
