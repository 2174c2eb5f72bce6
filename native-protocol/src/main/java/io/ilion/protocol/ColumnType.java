package io.ilion.protocol;

import io.ilion.model.type.CqlType;
import io.ilion.model.type.UserType;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/**
 * A type as the description of a column names it on the wire: an [option] of the specification.
 *
 * <p>This is only the name of a type; what its values mean is the business of {@code
 * io.ilion.model.type}.
 */
public sealed interface ColumnType {
  /** The id of the type duration; before version 5 it goes by its class name instead. */
  int DURATION = 0x15;

  /** The class name of duration. */
  String DURATION_CLASS = "org.apache.cassandra.db.marshal.DurationType";

  /** A type inside a type inside a type: no more than this is read. */
  int MAX_DEPTH = 64;

  /** A type that consists of its id only, such as 0x09 for int. */
  record Native(int id) implements ColumnType {}

  /** A type that is named by the class of Cassandra's that implements it, such as a vector. */
  record Custom(String className) implements ColumnType {}

  /** A list. */
  record ListOf(ColumnType element) implements ColumnType {}

  /** A set. */
  record SetOf(ColumnType element) implements ColumnType {}

  /** A map. */
  record MapOf(ColumnType key, ColumnType value) implements ColumnType {}

  /** A tuple. */
  record Tuple(List<ColumnType> elements) implements ColumnType {}

  /** A user-defined type. */
  record UserDefined(
      String keyspace, String name, List<String> fieldNames, List<ColumnType> fieldTypes)
      implements ColumnType {}

  /** Returns the name on the wire of a type of CQL. */
  static ColumnType of(CqlType type) {
    List<CqlType> components = type.componentTypes();
    return switch (type.kind()) {
      case CUSTOM, VECTOR, EMPTY -> new Custom(type.className());
      case LIST -> new ListOf(of(components.get(0)));
      case SET -> new SetOf(of(components.get(0)));
      case MAP -> new MapOf(of(components.get(0)), of(components.get(1)));
      case TUPLE -> new Tuple(of(components));
      case UDT -> {
        UserType udt = (UserType) type;
        yield new UserDefined(udt.keyspace(), udt.name(), udt.fieldNames(), of(components));
      }
      default -> new Native(type.kind().protocolId());
    };
  }

  private static List<ColumnType> of(List<CqlType> types) {
    return types.stream().map(ColumnType::of).toList();
  }

  /** Appends the [option]. */
  static void write(ColumnType type, ProtocolVersion version, ByteBuf out) {
    if (type instanceof Native simple) {
      if (simple.id() == DURATION && !version.atLeast(ProtocolVersion.V5)) {
        out.writeShort(0);
        Wire.writeString(out, DURATION_CLASS);
      } else {
        out.writeShort(simple.id());
      }
    } else if (type instanceof Custom custom) {
      out.writeShort(0);
      Wire.writeString(out, custom.className());
    } else if (type instanceof ListOf list) {
      out.writeShort(0x20);
      write(list.element(), version, out);
    } else if (type instanceof MapOf map) {
      out.writeShort(0x21);
      write(map.key(), version, out);
      write(map.value(), version, out);
    } else if (type instanceof SetOf set) {
      out.writeShort(0x22);
      write(set.element(), version, out);
    } else if (type instanceof UserDefined udt) {
      out.writeShort(0x30);
      Wire.writeString(out, udt.keyspace());
      Wire.writeString(out, udt.name());
      Wire.writeCount(out, udt.fieldNames().size());
      for (int i = 0; i < udt.fieldNames().size(); i++) {
        Wire.writeString(out, udt.fieldNames().get(i));
        write(udt.fieldTypes().get(i), version, out);
      }
    } else if (type instanceof Tuple tuple) {
      out.writeShort(0x31);
      Wire.writeCount(out, tuple.elements().size());
      for (ColumnType element : tuple.elements()) {
        write(element, version, out);
      }
    }
  }

  /**
   * Reads an [option].
   *
   * @throws ProtocolException recoverably when it is malformed, unknown or nested too deeply
   */
  static ColumnType read(ByteBuf in) {
    return read(in, MAX_DEPTH);
  }

  private static ColumnType read(ByteBuf in, int depth) {
    if (depth == 0) {
      throw ProtocolException.recoverable("Type nested more than " + MAX_DEPTH + " deep");
    }
    int id = Wire.readUnsignedShort(in);
    switch (id) {
      case 0:
        String className = Wire.readString(in);
        return className.equals(DURATION_CLASS) ? new Native(DURATION) : new Custom(className);
      case 0x20:
        return new ListOf(read(in, depth - 1));
      case 0x21:
        return new MapOf(read(in, depth - 1), read(in, depth - 1));
      case 0x22:
        return new SetOf(read(in, depth - 1));
      case 0x30:
        return readUserDefined(in, depth - 1);
      case 0x31:
        int count = Wire.checkCount(in, Wire.readUnsignedShort(in), 2);
        List<ColumnType> elements = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
          elements.add(read(in, depth - 1));
        }
        return new Tuple(elements);
      default:
        if (id > DURATION) {
          throw ProtocolException.recoverable("Unknown type id " + id);
        }
        return new Native(id);
    }
  }

  private static ColumnType readUserDefined(ByteBuf in, int depth) {
    String keyspace = Wire.readString(in);
    String name = Wire.readString(in);
    int count = Wire.checkCount(in, Wire.readUnsignedShort(in), 4);
    List<String> names = new ArrayList<>(count);
    List<ColumnType> types = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      names.add(Wire.readString(in));
      types.add(read(in, depth));
    }
    return new UserDefined(keyspace, name, names, types);
  }
}
