package io.ilion.conformance.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlIdentifier;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.metadata.schema.ClusteringOrder;
import com.datastax.oss.driver.api.core.metadata.schema.ColumnMetadata;
import com.datastax.oss.driver.api.core.metadata.schema.KeyspaceMetadata;
import com.datastax.oss.driver.api.core.metadata.schema.TableMetadata;
import com.datastax.oss.driver.api.core.type.DataType;
import com.datastax.oss.driver.api.core.type.DataTypes;
import com.datastax.oss.driver.api.core.type.UserDefinedType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SchemaMetadataTest {
  private static final String KEYSPACE = "schema_metadata";
  private CqlSession session;

  @BeforeAll
  void createSchema() {
    session = DriverSession.openIn(KEYSPACE);
    session.execute("CREATE TYPE address (street text, numbers frozen<list<int>>)");
    session.execute("CREATE TYPE person (name text, home frozen<address>)");
    session.execute(
        "CREATE TABLE wide (a int, b text, c timeuuid, d bigint, s text static, l list<int>,"
            + " m map<text, frozen<set<uuid>>>, p person, fp frozen<person>,"
            + " t tuple<int, text>, v vector<float, 3>, \"Quoted Name\" int, du duration,"
            + " PRIMARY KEY ((a, b), c, d))"
            + " WITH CLUSTERING ORDER BY (c DESC, d ASC) AND comment = 'it''s wide'"
            + " AND gc_grace_seconds = 1234 AND default_time_to_live = 77"
            + " AND bloom_filter_fp_chance = 0.05"
            + " AND compaction = {'class': 'LeveledCompactionStrategy',"
            + " 'sstable_size_in_mb': '100'}"
            + " AND compression = {'class': 'LZ4Compressor', 'chunk_length_in_kb': '32'}"
            + " AND caching = {'keys': 'NONE', 'rows_per_partition': '10'}");
    session.execute("CREATE TABLE counts (k int PRIMARY KEY, n counter)");
  }

  @AfterAll
  void close() {
    session.execute("DROP KEYSPACE " + KEYSPACE);
    session.close();
  }

  private KeyspaceMetadata keyspace() {
    return session.refreshSchema().getKeyspace(KEYSPACE).orElseThrow();
  }

  @Test
  void theKeyspace() {
    KeyspaceMetadata keyspace = keyspace();
    assertThat(keyspace.isDurableWrites()).isTrue();
    assertThat(keyspace.isVirtual()).isFalse();
    assertThat(keyspace.getReplication())
        .containsEntry("class", "org.apache.cassandra.locator.SimpleStrategy")
        .containsEntry("replication_factor", "1");
    assertThat(keyspace.getTables().keySet()).contains(id("wide"), id("counts"));
  }

  @Test
  void keysAndClusteringOrder() {
    TableMetadata wide = keyspace().getTable("wide").orElseThrow();
    assertThat(wide.getId()).isPresent();
    assertThat(wide.getPartitionKey())
        .extracting(c -> c.getName().asInternal())
        .containsExactly("a", "b");
    assertThat(wide.getClusteringColumns().values())
        .containsExactly(ClusteringOrder.DESC, ClusteringOrder.ASC);
    assertThat(wide.getClusteringColumns().keySet())
        .extracting(c -> c.getName().asInternal())
        .containsExactly("c", "d");
  }

  @Test
  void everyKindOfColumn() {
    KeyspaceMetadata keyspace = keyspace();
    TableMetadata wide = keyspace.getTable("wide").orElseThrow();
    UserDefinedType person = keyspace.getUserDefinedType("person").orElseThrow();
    assertThat(wide.getColumn("s").map(ColumnMetadata::isStatic)).contains(true);
    assertThat(wide.getColumn("d").map(ColumnMetadata::isStatic)).contains(false);
    assertThat(type(wide, "l")).isEqualTo(DataTypes.listOf(DataTypes.INT));
    assertThat(type(wide, "m"))
        .isEqualTo(DataTypes.mapOf(DataTypes.TEXT, DataTypes.frozenSetOf(DataTypes.UUID)));
    assertThat(type(wide, "p")).isEqualTo(person);
    assertThat(((UserDefinedType) type(wide, "p")).isFrozen()).isFalse();
    assertThat(((UserDefinedType) type(wide, "fp")).isFrozen()).isTrue();
    assertThat(type(wide, "t")).isEqualTo(DataTypes.tupleOf(DataTypes.INT, DataTypes.TEXT));
    assertThat(type(wide, "v")).isEqualTo(DataTypes.vectorOf(DataTypes.FLOAT, 3));
    assertThat(type(wide, "du")).isEqualTo(DataTypes.DURATION);
    assertThat(wide.getColumn("\"Quoted Name\"")).isPresent();
    TableMetadata counts = keyspace.getTable("counts").orElseThrow();
    assertThat(type(counts, "n")).isEqualTo(DataTypes.COUNTER);
  }

  private static DataType type(TableMetadata table, String column) {
    return table.getColumn(column).orElseThrow().getType();
  }

  @Test
  void userDefinedTypes() {
    KeyspaceMetadata keyspace = keyspace();
    UserDefinedType address = keyspace.getUserDefinedType("address").orElseThrow();
    UserDefinedType person = keyspace.getUserDefinedType("person").orElseThrow();
    assertThat(address.getFieldNames()).containsExactly(id("street"), id("numbers"));
    assertThat(address.getFieldTypes())
        .containsExactly(DataTypes.TEXT, DataTypes.frozenListOf(DataTypes.INT));
    assertThat(((UserDefinedType) person.getFieldTypes().get(1)).getName())
        .isEqualTo(id("address"));
  }

  @Test
  void options() {
    Map<CqlIdentifier, Object> options = keyspace().getTable("wide").orElseThrow().getOptions();
    assertThat(options)
        .containsEntry(id("comment"), "it's wide")
        .containsEntry(id("gc_grace_seconds"), 1234)
        .containsEntry(id("default_time_to_live"), 77)
        .containsEntry(id("bloom_filter_fp_chance"), 0.05);
    assertThat(options.get(id("compaction")))
        .isEqualTo(
            Map.of(
                "class",
                "org.apache.cassandra.db.compaction.LeveledCompactionStrategy",
                "sstable_size_in_mb",
                "100",
                "max_threshold",
                "32",
                "min_threshold",
                "4"));
    assertThat(options.get(id("compression")))
        .isEqualTo(
            Map.of(
                "class",
                "org.apache.cassandra.io.compress.LZ4Compressor",
                "chunk_length_in_kb",
                "32"));
    assertThat(options.get(id("caching")))
        .isEqualTo(Map.of("keys", "NONE", "rows_per_partition", "10"));
  }

  @Test
  void theDriversDescriptionCreatesTheTableAgain() {
    session.execute(
        "CREATE TABLE described (a int, b text, c timeuuid, s text static, l list<int>,"
            + " p frozen<person>, \"Quoted Name\" int, PRIMARY KEY ((a, b), c))"
            + " WITH CLUSTERING ORDER BY (c DESC) AND comment = 'it''s described'");
    TableMetadata before = keyspace().getTable("described").orElseThrow();
    session.execute("DROP TABLE described");
    session.execute(before.describe(false));
    TableMetadata after = keyspace().getTable("described").orElseThrow();
    assertThat(after.getColumns()).isEqualTo(before.getColumns());
    assertThat(after.getClusteringColumns()).isEqualTo(before.getClusteringColumns());
    assertThat(after.getOptions()).isEqualTo(before.getOptions());
  }

  @Test
  void virtualKeyspaces() {
    try (CqlSession all =
        DriverSession.builder(
                DriverSession.config()
                    .withStringList(
                        DefaultDriverOption.METADATA_SCHEMA_REFRESHED_KEYSPACES, List.of()))
            .build()) {
      KeyspaceMetadata views = all.getMetadata().getKeyspace("system_views").orElseThrow();
      assertThat(views.isVirtual()).isTrue();
      TableMetadata settings = views.getTable("settings").orElseThrow();
      assertThat(settings.isVirtual()).isTrue();
      assertThat(settings.getColumn("name").orElseThrow().getType()).isEqualTo(DataTypes.TEXT);
      assertThat(all.getMetadata().getKeyspace("system_virtual_schema")).isPresent();
      assertThat(all.execute("SELECT * FROM system_views.settings").all()).isNotEmpty();
      KeyspaceMetadata system = all.getMetadata().getKeyspace("system").orElseThrow();
      assertThat(system.isVirtual()).isFalse();
      assertThat(system.getTable("local").orElseThrow().getColumn("tokens").orElseThrow().getType())
          .isEqualTo(DataTypes.setOf(DataTypes.TEXT));
    }
  }

  private static CqlIdentifier id(String name) {
    return CqlIdentifier.fromInternal(name);
  }
}
