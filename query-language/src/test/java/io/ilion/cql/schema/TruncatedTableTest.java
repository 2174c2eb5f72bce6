package io.ilion.cql.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.SchemaCodec;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.schema.TableProperties;
import io.ilion.model.type.NativeType;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TruncatedTableTest {
  private static final UUID FIRST = new UUID(1, 0);

  private static TableDefinition truncated(int times) {
    TableDefinition table =
        new TableDefinition(
            "k",
            "t",
            FIRST,
            List.of(
                new ColumnDefinition(
                    1, "a", ColumnDefinition.Kind.PARTITION_KEY, 0, NativeType.INT, false)),
            List.of(),
            2,
            TableProperties.DEFAULT,
            false);
    for (int i = 1; i <= times; i++) {
      table = table.truncated(new UUID(1, i));
    }
    return table;
  }

  private static KeyspaceDefinition keyspace(TableDefinition table) {
    return new KeyspaceDefinition("k", Map.of("class", "SimpleStrategy"), true).withTable(table);
  }

  @Test
  void clientsSeeTheFirstIdAndDataHasTheLast() {
    for (int times : new int[] {0, 1, 2, 50}) {
      KeyspaceDefinition read = SchemaCodec.decode(SchemaCodec.encode(keyspace(truncated(times))));
      TableDefinition table = read.tables().get("t");
      assertThat(table.id()).as("after %d truncations", times).isEqualTo(new UUID(1, times));
      assertThat(table.schemaId()).isEqualTo(FIRST);
      assertThat(table.formerIds()).isEqualTo(truncated(times).formerIds());
      assertThat(table.formerIds()).hasSize(Math.min(times, 17)).doesNotHaveDuplicates();
    }
  }

  @Test
  void aFormerIdLeadsToTheTableButIsNotIts() {
    TableDefinition table = truncated(3).withProperties(TableProperties.DEFAULT);
    Schema schema = new Schema(1, Map.of("k", keyspace(table)));
    for (int i = 0; i < 3; i++) {
      assertThat(schema.table(new UUID(1, i))).isNull();
      assertThat(schema.truncated(new UUID(1, i))).isSameAs(table);
    }
    assertThat(schema.table(new UUID(1, 3))).isSameAs(table);
    assertThat(schema.truncated(new UUID(1, 3))).isNull();
  }
}
