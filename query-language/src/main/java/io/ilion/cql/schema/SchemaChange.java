package io.ilion.cql.schema;

import io.ilion.model.schema.Schema;
import java.util.List;

/**
 * What a schema statement does.
 *
 * @param schema as it is afterwards; the same object where nothing changed
 * @param kind CREATED, UPDATED or DROPPED, or null where nothing changed
 * @param target KEYSPACE, TABLE or TYPE
 * @param keyspace the keyspace
 * @param name of the table or type; empty for a keyspace
 * @param warnings for the client
 */
public record SchemaChange(
    Schema schema,
    String kind,
    String target,
    String keyspace,
    String name,
    List<String> warnings) {

  /** Whether anything changed. */
  public boolean isChange() {
    return kind != null;
  }

  static SchemaChange none(Schema schema) {
    return new SchemaChange(schema, null, "", "", "", List.of());
  }

  SchemaChange withWarnings(List<String> warnings) {
    return new SchemaChange(schema, kind, target, keyspace, name, List.copyOf(warnings));
  }

  static SchemaChange of(Schema schema, String kind, String target, String keyspace, String name) {
    return new SchemaChange(schema, kind, target, keyspace, name, List.of());
  }
}
