package io.ilion.server.operations;

import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.PartitionKeyCodec;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.StringJoiner;

/** Partition keys as people write them: the text of each component, separated by colons. */
public final class KeyText {
  private KeyText() {}

  /** The text of a key of this table; {@link #encode} understands it. */
  static String decode(TableDefinition table, byte[] key) {
    List<ColumnDefinition> columns = table.partitionKey();
    if (columns.size() == 1) {
      return columns.getFirst().type().toText(key);
    }
    byte[][] components = PartitionKeyCodec.split(key, columns.size());
    StringJoiner text = new StringJoiner(":");
    for (int i = 0; i < components.length; i++) {
      text.add(columns.get(i).type().toText(components[i]));
    }
    return text.toString();
  }

  /**
   * The bytes of a key.
   *
   * @throws OperationException if it is none of this table
   */
  public static byte[] encode(TableDefinition table, String text) {
    List<ColumnDefinition> columns = table.partitionKey();
    try {
      if (columns.size() == 1) {
        return columns.getFirst().type().fromString(text);
      }
      // The last component may have colons of its own.
      String[] parts = text.split(":", columns.size());
      if (parts.length < columns.size()) {
        throw OperationException.badArgument(
            "the key has " + columns.size() + " components, separated by colons");
      }
      ByteArrayOutputStream key = new ByteArrayOutputStream();
      for (int i = 0; i < parts.length; i++) {
        byte[] component = columns.get(i).type().fromString(parts[i]);
        key.write(component.length >>> 8);
        key.write(component.length);
        key.writeBytes(component);
        key.write(0);
      }
      return key.toByteArray();
    } catch (CqlException | IllegalArgumentException e) {
      throw OperationException.badArgument("this is no key of the table: " + e.getMessage());
    }
  }
}
