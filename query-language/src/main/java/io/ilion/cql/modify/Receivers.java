package io.ilion.cql.modify;

import io.ilion.cql.term.Receiver;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.CqlType.Kind;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.UserType;
import java.util.List;

/** Parts of columns as receivers of terms; their names are those that clients see. */
final class Receivers {
  private Receivers() {}

  /** The index of a list, an element of a set, the key of a map. */
  static Receiver key(TableDefinition table, ColumnDefinition column) {
    CqlType type = column.type();
    return switch (type.kind()) {
      case LIST -> of(table, "idx(" + column.name() + ")", NativeType.INT);
      case SET -> of(table, "value(" + column.name() + ")", type.componentTypes().get(0));
      default -> of(table, "key(" + column.name() + ")", type.componentTypes().get(0));
    };
  }

  /** A value of a list, a set or a map. */
  static Receiver value(TableDefinition table, ColumnDefinition column) {
    CqlType type = column.type();
    List<CqlType> parts = type.componentTypes();
    return of(table, "value(" + column.name() + ")", parts.get(type.kind() == Kind.MAP ? 1 : 0));
  }

  /** A field of a UDT. */
  static Receiver field(TableDefinition table, ColumnDefinition column, int index) {
    UserType type = (UserType) column.type();
    return of(
        table,
        column.name() + "." + type.fieldNames().get(index),
        type.componentTypes().get(index));
  }

  static Receiver of(TableDefinition table, String name, CqlType type) {
    return new Receiver(table.keyspace(), table.name(), name, type);
  }
}
