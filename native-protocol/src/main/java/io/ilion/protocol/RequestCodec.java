package io.ilion.protocol;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads and writes the messages that clients send. */
public final class RequestCodec {
  private static final int PREPARE_KEYSPACE = 0x01;

  private RequestCodec() {}

  /**
   * Reads a request. Bytes behind the message are ignored.
   *
   * @throws ProtocolException recoverably, on the envelope's stream, when it is malformed
   */
  public static RequestEnvelope decode(Envelope envelope) {
    EnvelopeHeader header = envelope.header();
    ByteBuf in = envelope.body();
    try {
      Opcode opcode = Opcode.of(header.opcode(), header.response());
      if (opcode.isResponse()) {
        throw ProtocolException.recoverable("Unexpected response " + opcode + " from a client");
      }
      Map<String, byte[]> payload = null;
      if (header.has(EnvelopeHeader.CUSTOM_PAYLOAD)) {
        if (!header.version().atLeast(ProtocolVersion.V4)) {
          throw ProtocolException.recoverable(
              "Received frame with CUSTOM_PAYLOAD flag for native protocol version < 4");
        }
        payload = Wire.readBytesMap(in);
      }
      Request message = decode(opcode, header.version(), in);
      return new RequestEnvelope(
          header.version(),
          header.stream(),
          header.has(EnvelopeHeader.TRACING),
          payload,
          message,
          EnvelopeHeader.LENGTH + header.bodyLength());
    } catch (ProtocolException e) {
      throw e.onStream(header.stream());
    }
  }

  private static Request decode(Opcode opcode, ProtocolVersion version, ByteBuf in) {
    return switch (opcode) {
      case STARTUP -> new Request.Startup(Wire.readStringMap(in));
      case OPTIONS -> new Request.Options();
      case AUTH_RESPONSE -> new Request.AuthResponse(Wire.readBytes(in));
      case REGISTER -> decodeRegister(in);
      case QUERY -> new Request.Query(Wire.readLongString(in), QueryParameters.read(in, version));
      case PREPARE -> decodePrepare(version, in);
      case EXECUTE -> decodeExecute(version, in);
      case BATCH -> decodeBatch(version, in);
      default -> throw new AssertionError(opcode);
    };
  }

  private static Request decodeRegister(ByteBuf in) {
    int count = Wire.checkCount(in, Wire.readUnsignedShort(in), 2);
    Set<Event.Type> types = EnumSet.noneOf(Event.Type.class);
    for (int i = 0; i < count; i++) {
      types.add(Wire.readEnum(in, Event.Type.class, "Type"));
    }
    return new Request.Register(types);
  }

  private static Request decodePrepare(ProtocolVersion version, ByteBuf in) {
    String query = Wire.readLongString(in);
    String keyspace = null;
    if (version.atLeast(ProtocolVersion.V5)) {
      int flags = Wire.readInt(in);
      if ((flags & PREPARE_KEYSPACE) != 0) {
        keyspace = Wire.readString(in);
      }
    }
    return new Request.Prepare(query, keyspace);
  }

  private static Request decodeExecute(ProtocolVersion version, ByteBuf in) {
    Digest id = new Digest(Wire.readShortBytes(in));
    Digest metadataId =
        version.atLeast(ProtocolVersion.V5) ? new Digest(Wire.readShortBytes(in)) : null;
    return new Request.Execute(id, metadataId, QueryParameters.read(in, version));
  }

  private static Request decodeBatch(ProtocolVersion version, ByteBuf in) {
    int typeCode = Wire.readByte(in);
    Request.BatchType type =
        switch (typeCode) {
          case 0 -> Request.BatchType.LOGGED;
          case 1 -> Request.BatchType.UNLOGGED;
          case 2 -> Request.BatchType.COUNTER;
          default -> throw ProtocolException.recoverable("Invalid BATCH message type " + typeCode);
        };
    int count = Wire.checkCount(in, Wire.readUnsignedShort(in), 5);
    List<Request.BatchStatement> statements = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int kind = Wire.readByte(in);
      String query = null;
      Digest id = null;
      switch (kind) {
        case 0 -> query = Wire.readLongString(in);
        case 1 -> id = new Digest(Wire.readShortBytes(in));
        default ->
            throw ProtocolException.recoverable(
                "Invalid query kind in BATCH messages. Must be 0 or 1 but got " + kind);
      }
      statements.add(new Request.BatchStatement(query, id, BoundValues.read(in, version, false)));
    }
    return new Request.Batch(type, statements, QueryParameters.read(in, version));
  }

  /** Appends a request as a whole envelope, not compressed. */
  public static void encode(RequestEnvelope request, ByteBuf out) {
    ProtocolVersion version = request.version();
    boolean payload = request.customPayload() != null && version.atLeast(ProtocolVersion.V4);
    int flags =
        (request.tracing() ? EnvelopeHeader.TRACING : 0)
            | (payload ? EnvelopeHeader.CUSTOM_PAYLOAD : 0);
    int start = out.writerIndex();
    Opcode opcode = request.message().opcode();
    EnvelopeHeader.write(out, version, false, flags, request.stream(), opcode.code(), 0);
    if (payload) {
      Wire.writeBytesMap(out, request.customPayload());
    }
    encodeMessage(request.message(), version, out);
    out.setInt(
        start + EnvelopeHeader.BODY_LENGTH_OFFSET,
        out.writerIndex() - start - EnvelopeHeader.LENGTH);
  }

  private static void encodeMessage(Request message, ProtocolVersion version, ByteBuf out) {
    boolean v5 = version.atLeast(ProtocolVersion.V5);
    if (message instanceof Request.Startup startup) {
      Wire.writeStringMap(out, startup.options());
    } else if (message instanceof Request.AuthResponse auth) {
      Wire.writeBytes(out, auth.token());
    } else if (message instanceof Request.Register register) {
      Wire.writeCount(out, register.types().size());
      for (Event.Type type : register.types()) {
        Wire.writeString(out, type.name());
      }
    } else if (message instanceof Request.Query query) {
      Wire.writeLongString(out, query.query());
      query.parameters().write(out, version);
    } else if (message instanceof Request.Prepare prepare) {
      Wire.writeLongString(out, prepare.query());
      if (v5) {
        out.writeInt(prepare.keyspace() == null ? 0 : PREPARE_KEYSPACE);
        if (prepare.keyspace() != null) {
          Wire.writeString(out, prepare.keyspace());
        }
      }
    } else if (message instanceof Request.Execute execute) {
      Wire.writeShortBytes(out, execute.id().bytes());
      if (v5) {
        Digest metadataId = execute.resultMetadataId();
        Wire.writeShortBytes(out, metadataId == null ? new byte[0] : metadataId.bytes());
      }
      execute.parameters().write(out, version);
    } else if (message instanceof Request.Batch batch) {
      out.writeByte(batch.type().ordinal());
      Wire.writeCount(out, batch.statements().size());
      for (Request.BatchStatement statement : batch.statements()) {
        out.writeByte(statement.query() != null ? 0 : 1);
        if (statement.query() != null) {
          Wire.writeLongString(out, statement.query());
        } else {
          Wire.writeShortBytes(out, statement.id().bytes());
        }
        statement.values().write(out);
      }
      batch.parameters().write(out, version);
    }
  }
}
