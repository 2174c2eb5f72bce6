package io.ilion.conformance.client;

import static com.datastax.oss.driver.api.querybuilder.QueryBuilder.bindMarker;
import static com.datastax.oss.driver.api.querybuilder.QueryBuilder.deleteFrom;
import static com.datastax.oss.driver.api.querybuilder.QueryBuilder.insertInto;
import static com.datastax.oss.driver.api.querybuilder.QueryBuilder.literal;
import static com.datastax.oss.driver.api.querybuilder.QueryBuilder.selectFrom;
import static com.datastax.oss.driver.api.querybuilder.QueryBuilder.update;
import static com.datastax.oss.driver.api.querybuilder.SchemaBuilder.alterTable;
import static com.datastax.oss.driver.api.querybuilder.SchemaBuilder.createTable;
import static com.datastax.oss.driver.api.querybuilder.SchemaBuilder.createType;
import static com.datastax.oss.driver.api.querybuilder.SchemaBuilder.dropTable;
import static com.datastax.oss.driver.api.querybuilder.SchemaBuilder.udt;
import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.metadata.schema.ClusteringOrder;
import com.datastax.oss.driver.api.core.type.DataTypes;
import com.datastax.oss.driver.api.querybuilder.relation.Relation;
import java.util.List;
import org.junit.jupiter.api.Test;

class QueryBuilderTest {
  @Test
  void builtStatementsRun() {
    try (CqlSession session = DriverSession.openIn("query_builder")) {
      session.execute(createType("unit").withField("name", DataTypes.TEXT).build());
      session.execute(
          createTable("readings")
              .ifNotExists()
              .withPartitionKey("sensor", DataTypes.TEXT)
              .withClusteringColumn("at", DataTypes.BIGINT)
              .withStaticColumn("place", DataTypes.TEXT)
              .withColumn("value", DataTypes.DOUBLE)
              .withColumn("tags", DataTypes.setOf(DataTypes.TEXT))
              .withColumn("unit", udt("unit", true))
              .withClusteringOrder("at", ClusteringOrder.DESC)
              .withComment("what sensors say")
              .withGcGraceSeconds(100)
              .withLZ4Compression()
              .build());
      session.execute(alterTable("readings").addColumn("note", DataTypes.TEXT).build());
      var insert =
          session.prepare(
              insertInto("readings")
                  .value("sensor", bindMarker())
                  .value("at", bindMarker())
                  .value("value", bindMarker("reading"))
                  .usingTtl(10_000)
                  .build());
      for (long at = 0; at < 10; at++) {
        session.execute(insert.bind("s1", at, at * 1.5));
      }
      session.execute(
          update("readings")
              .setColumn("place", literal("roof"))
              .whereColumn("sensor")
              .isEqualTo(literal("s1"))
              .build());
      session.execute(
          update("readings")
              .append("tags", literal(java.util.Set.of("hot")))
              .setColumn("note", literal("it's noon"))
              .where(
                  Relation.column("sensor").isEqualTo(literal("s1")),
                  Relation.column("at").isEqualTo(literal(9)))
              .ifExists()
              .build());
      session.execute(
          deleteFrom("readings")
              .where(
                  Relation.column("sensor").isEqualTo(literal("s1")),
                  Relation.column("at").isLessThan(literal(3)))
              .build());
      var rows =
          session
              .execute(
                  selectFrom("readings")
                      .columns("at", "place", "note")
                      .function(
                          "ttl",
                          com.datastax.oss.driver.api.querybuilder.select.Selector.column("value"))
                      .as("left")
                      .whereColumn("sensor")
                      .isEqualTo(literal("s1"))
                      .whereColumn("at")
                      .in(literal(1), literal(5), literal(9))
                      .orderBy("at", ClusteringOrder.ASC)
                      .limit(10)
                      .build())
              .all();
      assertThat(rows).extracting(r -> r.getLong("at")).containsExactly(5L, 9L);
      assertThat(rows).extracting(r -> r.getString("place")).containsExactly("roof", "roof");
      assertThat(rows.get(1).getString("note")).isEqualTo("it's noon");
      assertThat(rows.get(0).getInt("left")).isBetween(9_000, 10_000);
      var counted =
          session
              .execute(
                  selectFrom("readings")
                      .countAll()
                      .whereColumn("sensor")
                      .in(List.of(literal("s1"), literal("s2")))
                      .build())
              .one();
      assertThat(counted.getLong(0)).isEqualTo(7);
      session.execute(dropTable("readings").ifExists().build());
      session.execute("DROP KEYSPACE query_builder");
    }
  }
}
