package io.ilion.cql.term;

import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CqlType;

/**
 * What takes the value of a term: a column, or a part of one, with the name that errors and the
 * metadata of bind variables give it.
 */
public record Receiver(String keyspace, String table, String name, CqlType type) {

  /** A column as receiver. */
  public static Receiver of(TableDefinition table, ColumnDefinition column) {
    return new Receiver(table.keyspace(), table.name(), column.name(), column.type());
  }

  /** Another receiver of the same table. */
  public Receiver with(String newName, CqlType newType) {
    return new Receiver(keyspace, table, newName, newType);
  }
}
