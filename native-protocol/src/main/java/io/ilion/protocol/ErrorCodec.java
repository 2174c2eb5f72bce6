package io.ilion.protocol;

import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.model.WriteType;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads and writes ERROR messages, with the fields that each version knows. */
final class ErrorCodec {
  private ErrorCodec() {}

  static void write(Response.Error error, ProtocolVersion version, ByteBuf out) {
    Response.Error sent = forVersion(error, version);
    out.writeInt(sent.code().value());
    Wire.writeString(out, sent.message() == null ? "" : sent.message());
    if (sent.details() != null) {
      writeDetails(sent.details(), version.atLeast(ProtocolVersion.V5), out);
    }
  }

  /** Older versions are told the nearest thing that they know. */
  private static Response.Error forVersion(Response.Error error, ProtocolVersion version) {
    ErrorDetails details = error.details();
    if (!version.atLeast(ProtocolVersion.V5)) {
      if (details instanceof ErrorDetails.CasWriteUnknown cas) {
        return new Response.Error(
            ErrorCode.WRITE_TIMEOUT,
            timedOut(cas.received()),
            new ErrorDetails.WriteTimeout(
                cas.consistency(), cas.received(), cas.blockFor(), WriteType.CAS, 0));
      }
      if (details instanceof ErrorDetails.WriteTimeout w && w.writeType() == WriteType.CAS) {
        return new Response.Error(
            ErrorCode.WRITE_TIMEOUT,
            timedOut(w.received()),
            new ErrorDetails.WriteTimeout(
                w.consistency(), w.received(), w.blockFor(), WriteType.CAS, 0));
      }
      if (error.code() == ErrorCode.CDC_WRITE_FAILURE) {
        return new Response.Error(ErrorCode.INVALID, error.message());
      }
    }
    if (!version.atLeast(ProtocolVersion.V4)) {
      if (details instanceof ErrorDetails.ReadFailure f) {
        return new Response.Error(
            ErrorCode.READ_TIMEOUT,
            timedOut(f.received()),
            new ErrorDetails.ReadTimeout(
                f.consistency(), f.received(), f.blockFor(), f.dataPresent()));
      }
      if (details instanceof ErrorDetails.WriteFailure f) {
        return new Response.Error(
            ErrorCode.WRITE_TIMEOUT,
            timedOut(f.received()),
            new ErrorDetails.WriteTimeout(
                f.consistency(), f.received(), f.blockFor(), f.writeType(), 0));
      }
      if (details instanceof ErrorDetails.FunctionFailure) {
        return new Response.Error(ErrorCode.INVALID, error.message());
      }
    }
    return error;
  }

  private static String timedOut(int received) {
    return "Operation timed out - received only " + received + " responses.";
  }

  private static void writeDetails(ErrorDetails details, boolean v5, ByteBuf out) {
    if (details instanceof ErrorDetails.Unavailable d) {
      Wire.writeConsistency(out, d.consistency());
      out.writeInt(d.required());
      out.writeInt(d.alive());
    } else if (details instanceof ErrorDetails.WriteTimeout d) {
      writeCounts(d.consistency(), d.received(), d.blockFor(), out);
      Wire.writeString(out, d.writeType().name());
      if (v5 && d.writeType() == WriteType.CAS) {
        out.writeShort(d.contentions());
      }
    } else if (details instanceof ErrorDetails.ReadTimeout d) {
      writeCounts(d.consistency(), d.received(), d.blockFor(), out);
      out.writeBoolean(d.dataPresent());
    } else if (details instanceof ErrorDetails.ReadFailure d) {
      writeCounts(d.consistency(), d.received(), d.blockFor(), out);
      writeFailures(d.failures(), v5, out);
      out.writeBoolean(d.dataPresent());
    } else if (details instanceof ErrorDetails.WriteFailure d) {
      writeCounts(d.consistency(), d.received(), d.blockFor(), out);
      writeFailures(d.failures(), v5, out);
      Wire.writeString(out, d.writeType().name());
    } else if (details instanceof ErrorDetails.FunctionFailure d) {
      Wire.writeString(out, d.keyspace());
      Wire.writeString(out, d.function());
      Wire.writeStringList(out, d.argumentTypes());
    } else if (details instanceof ErrorDetails.CasWriteUnknown d) {
      writeCounts(d.consistency(), d.received(), d.blockFor(), out);
    } else if (details instanceof ErrorDetails.AlreadyExists d) {
      Wire.writeString(out, d.keyspace());
      Wire.writeString(out, d.table());
    } else if (details instanceof ErrorDetails.Unprepared d) {
      Wire.writeShortBytes(out, d.id().bytes());
    }
  }

  private static void writeCounts(
      Consistency consistency, int received, int blockFor, ByteBuf out) {
    Wire.writeConsistency(out, consistency);
    out.writeInt(received);
    out.writeInt(blockFor);
  }

  private static void writeFailures(ErrorDetails.Failures failures, boolean v5, ByteBuf out) {
    if (!v5) {
      out.writeInt(failures.count());
      return;
    }
    out.writeInt(failures.reasons().size());
    failures
        .reasons()
        .forEach(
            (node, reason) -> {
              Wire.writeAddress(out, node);
              out.writeShort(reason);
            });
  }

  static Response.Error read(ByteBuf in, ProtocolVersion version) {
    int value = Wire.readInt(in);
    ErrorCode code = null;
    for (ErrorCode candidate : ErrorCode.values()) {
      if (candidate.value() == value) {
        code = candidate;
      }
    }
    String message = Wire.readString(in);
    if (code == null) {
      throw ProtocolException.recoverable("Unknown error code " + value + ": " + message);
    }
    boolean v5 = version.atLeast(ProtocolVersion.V5);
    return new Response.Error(code, message, readDetails(code, v5, in));
  }

  private static ErrorDetails readDetails(ErrorCode code, boolean v5, ByteBuf in) {
    switch (code) {
      case UNAVAILABLE:
        return new ErrorDetails.Unavailable(
            Wire.readConsistency(in), Wire.readInt(in), Wire.readInt(in));
      case WRITE_TIMEOUT:
        {
          Consistency consistency = Wire.readConsistency(in);
          int received = Wire.readInt(in);
          int blockFor = Wire.readInt(in);
          WriteType type = Wire.readEnum(in, WriteType.class, "WriteType");
          boolean more = v5 && type == WriteType.CAS && in.readableBytes() >= 2;
          return new ErrorDetails.WriteTimeout(
              consistency, received, blockFor, type, more ? Wire.readUnsignedShort(in) : 0);
        }
      case READ_TIMEOUT:
        return new ErrorDetails.ReadTimeout(
            Wire.readConsistency(in), Wire.readInt(in), Wire.readInt(in), Wire.readByte(in) != 0);
      case READ_FAILURE:
        return new ErrorDetails.ReadFailure(
            Wire.readConsistency(in),
            Wire.readInt(in),
            Wire.readInt(in),
            readFailures(v5, in),
            Wire.readByte(in) != 0);
      case WRITE_FAILURE:
        return new ErrorDetails.WriteFailure(
            Wire.readConsistency(in),
            Wire.readInt(in),
            Wire.readInt(in),
            readFailures(v5, in),
            Wire.readEnum(in, WriteType.class, "WriteType"));
      case FUNCTION_FAILURE:
        return new ErrorDetails.FunctionFailure(
            Wire.readString(in), Wire.readString(in), Wire.readStringList(in));
      case CAS_WRITE_UNKNOWN:
        return new ErrorDetails.CasWriteUnknown(
            Wire.readConsistency(in), Wire.readInt(in), Wire.readInt(in));
      case ALREADY_EXISTS:
        return new ErrorDetails.AlreadyExists(Wire.readString(in), Wire.readString(in));
      case UNPREPARED:
        return new ErrorDetails.Unprepared(new Digest(Wire.readShortBytes(in)));
      default:
        return null;
    }
  }

  private static ErrorDetails.Failures readFailures(boolean v5, ByteBuf in) {
    if (!v5) {
      return new ErrorDetails.Failures(Wire.readInt(in), Map.of());
    }
    int count = Wire.checkCount(in, Wire.readInt(in), 7);
    Map<InetAddress, Integer> reasons = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      InetAddress node = Wire.readAddress(in);
      reasons.put(node, Wire.readUnsignedShort(in));
    }
    return ErrorDetails.Failures.of(reasons);
  }
}
