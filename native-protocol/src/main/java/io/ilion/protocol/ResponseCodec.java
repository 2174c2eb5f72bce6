package io.ilion.protocol;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Reads and writes the messages that servers send. */
public final class ResponseCodec {
  private ResponseCodec() {}

  /** Appends a response as a whole envelope, not compressed. */
  public static void encode(ResponseEnvelope response, ByteBuf out) {
    Response message = response.message();
    int start = ResponseWriter.begin(out, response.version(), response.stream(), message.opcode());
    encodeMessage(message, response.version(), out);
    ResponseWriter.end(
        out, start, response.tracingId(), response.warnings(), response.customPayload());
  }

  private static void encodeMessage(Response message, ProtocolVersion version, ByteBuf out) {
    if (message instanceof Response.Error error) {
      ErrorCodec.write(error, version, out);
    } else if (message instanceof Response.Authenticate authenticate) {
      Wire.writeString(out, authenticate.authenticator());
    } else if (message instanceof Response.Supported supported) {
      Wire.writeStringMultimap(out, supported.options());
    } else if (message instanceof Response.AuthChallenge challenge) {
      Wire.writeBytes(out, challenge.token());
    } else if (message instanceof Response.AuthSuccess success) {
      Wire.writeBytes(out, success.token());
    } else if (message instanceof Response.Notice notice) {
      encodeEvent(notice.event(), version, out);
    } else if (message instanceof Result result) {
      encodeResult(result, version, out);
    }
  }

  private static void encodeResult(Result result, ProtocolVersion version, ByteBuf out) {
    if (result instanceof Result.Void) {
      out.writeInt(ResponseWriter.RESULT_VOID);
    } else if (result instanceof Result.Rows rows) {
      RowsWriter writer =
          rows.metadata() == null
              ? RowsWriter.undescribed(out, rows.columnCount())
              : new RowsWriter(out, version, rows.metadata(), true, rows.changedMetadataId());
      for (byte[][] row : rows.rows()) {
        for (byte[] value : row) {
          writer.cell(value);
        }
        writer.endRow();
      }
      writer.finish(rows.pagingState());
    } else if (result instanceof PackedRows rows) {
      rows.write(version, out);
    } else if (result instanceof Result.SetKeyspace set) {
      out.writeInt(ResponseWriter.RESULT_SET_KEYSPACE);
      Wire.writeString(out, set.keyspace());
    } else if (result instanceof Result.Prepared prepared) {
      out.writeInt(ResponseWriter.RESULT_PREPARED);
      MetadataCodec.writePrepared(prepared, version, out);
    } else if (result instanceof Result.SchemaChanged changed) {
      out.writeInt(ResponseWriter.RESULT_SCHEMA_CHANGE);
      encodeSchemaChange(changed.change(), version, out);
    }
  }

  private static void encodeEvent(Event event, ProtocolVersion version, ByteBuf out) {
    Wire.writeString(out, event.type().name());
    if (event instanceof Event.TopologyChange topology) {
      Wire.writeString(out, topology.change().name());
      Wire.writeInet(out, topology.node());
    } else if (event instanceof Event.StatusChange status) {
      Wire.writeString(out, status.status().name());
      Wire.writeInet(out, status.node());
    } else if (event instanceof Event.SchemaChange change) {
      encodeSchemaChange(change, version, out);
    }
  }

  private static void encodeSchemaChange(
      Event.SchemaChange change, ProtocolVersion version, ByteBuf out) {
    boolean function =
        change.target() == Event.SchemaChange.Target.FUNCTION
            || change.target() == Event.SchemaChange.Target.AGGREGATE;
    if (function && !version.atLeast(ProtocolVersion.V4)) {
      // Version 3 knows no functions: it is told that the keyspace changed.
      Wire.writeString(out, Event.SchemaChange.Change.UPDATED.name());
      Wire.writeString(out, Event.SchemaChange.Target.KEYSPACE.name());
      Wire.writeString(out, change.keyspace());
      return;
    }
    Wire.writeString(out, change.change().name());
    Wire.writeString(out, change.target().name());
    Wire.writeString(out, change.keyspace());
    if (change.target() != Event.SchemaChange.Target.KEYSPACE) {
      Wire.writeString(out, change.name());
    }
    if (function) {
      Wire.writeStringList(out, change.argumentTypes());
    }
  }

  /**
   * Reads a response.
   *
   * @throws ProtocolException recoverably, on the envelope's stream, when it is malformed
   */
  public static ResponseEnvelope decode(Envelope envelope) {
    return decode(envelope, false);
  }

  /**
   * Reads a response as {@link #decode} does, but rows as {@link PackedRows}, whose cells nobody
   * touches before they are asked for.
   *
   * @throws ProtocolException recoverably, on the envelope's stream, when it is malformed
   */
  public static ResponseEnvelope decodePacked(Envelope envelope) {
    return decode(envelope, true);
  }

  private static ResponseEnvelope decode(Envelope envelope, boolean packed) {
    EnvelopeHeader header = envelope.header();
    ByteBuf in = envelope.body();
    try {
      Opcode opcode = Opcode.of(header.opcode(), header.response());
      if (!opcode.isResponse()) {
        throw ProtocolException.recoverable("Unexpected request " + opcode + " from a server");
      }
      UUID tracingId = header.has(EnvelopeHeader.TRACING) ? Wire.readUuid(in) : null;
      List<String> warnings =
          header.has(EnvelopeHeader.WARNINGS) ? Wire.readStringList(in) : List.of();
      Map<String, byte[]> payload =
          header.has(EnvelopeHeader.CUSTOM_PAYLOAD) ? Wire.readBytesMap(in) : null;
      Response message = decode(opcode, header.version(), in, packed);
      return new ResponseEnvelope(
          header.version(), header.stream(), tracingId, warnings, payload, message);
    } catch (ProtocolException e) {
      throw e.onStream(header.stream());
    }
  }

  private static Response decode(
      Opcode opcode, ProtocolVersion version, ByteBuf in, boolean packed) {
    return switch (opcode) {
      case ERROR -> ErrorCodec.read(in, version);
      case READY -> new Response.Ready();
      case AUTHENTICATE -> new Response.Authenticate(Wire.readString(in));
      case SUPPORTED -> new Response.Supported(Wire.readStringMultimap(in));
      case AUTH_CHALLENGE -> new Response.AuthChallenge(Wire.readBytes(in));
      case AUTH_SUCCESS -> new Response.AuthSuccess(Wire.readBytes(in));
      case EVENT -> new Response.Notice(decodeEvent(in));
      case RESULT -> decodeResult(version, in, packed);
      default -> throw new AssertionError(opcode);
    };
  }

  private static Result decodeResult(ProtocolVersion version, ByteBuf in, boolean packed) {
    int kind = Wire.readInt(in);
    return switch (kind) {
      case ResponseWriter.RESULT_VOID -> new Result.Void();
      case ResponseWriter.RESULT_ROWS ->
          packed ? PackedRows.read(version, in) : decodeRows(version, in);
      case ResponseWriter.RESULT_SET_KEYSPACE -> new Result.SetKeyspace(Wire.readString(in));
      case ResponseWriter.RESULT_PREPARED -> MetadataCodec.readPrepared(version, in);
      case ResponseWriter.RESULT_SCHEMA_CHANGE -> new Result.SchemaChanged(decodeSchemaChange(in));
      default -> throw ProtocolException.recoverable("Unknown kind of result " + kind);
    };
  }

  private static Result decodeRows(ProtocolVersion version, ByteBuf in) {
    MetadataCodec.RowsHead head = MetadataCodec.readRowsHead(version, in);
    int columns = head.columnCount();
    int count = Wire.readInt(in);
    // A row without columns has no bytes that would bound its number.
    Wire.checkCount(in, count, Math.max(1, 4L * columns));
    List<byte[][]> rows = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      byte[][] row = new byte[columns][];
      for (int j = 0; j < columns; j++) {
        row[j] = Wire.readBytes(in);
      }
      rows.add(row);
    }
    return new Result.Rows(
        head.metadata(), columns, head.changedMetadataId(), head.pagingState(), rows);
  }

  private static Event decodeEvent(ByteBuf in) {
    Event.Type type = Wire.readEnum(in, Event.Type.class, "Type");
    return switch (type) {
      case TOPOLOGY_CHANGE ->
          new Event.TopologyChange(
              Wire.readEnum(in, Event.TopologyChange.Change.class, "Change"), Wire.readInet(in));
      case STATUS_CHANGE ->
          new Event.StatusChange(
              Wire.readEnum(in, Event.StatusChange.Status.class, "Status"), Wire.readInet(in));
      case SCHEMA_CHANGE -> decodeSchemaChange(in);
    };
  }

  private static Event.SchemaChange decodeSchemaChange(ByteBuf in) {
    Event.SchemaChange.Change change = Wire.readEnum(in, Event.SchemaChange.Change.class, "Change");
    Event.SchemaChange.Target target = Wire.readEnum(in, Event.SchemaChange.Target.class, "Target");
    String keyspace = Wire.readString(in);
    return switch (target) {
      case KEYSPACE -> new Event.SchemaChange(change, target, keyspace, null);
      case TABLE, TYPE -> new Event.SchemaChange(change, target, keyspace, Wire.readString(in));
      case FUNCTION, AGGREGATE ->
          new Event.SchemaChange(
              change, target, keyspace, Wire.readString(in), Wire.readStringList(in));
    };
  }
}
