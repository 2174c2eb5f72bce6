package io.ilion.tools.load.mapping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.driver.metadata.ColumnMetadata;
import io.ilion.driver.metadata.TableMetadata;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.NativeType;
import io.ilion.tools.console.ToolException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LoadStatementTest {
  private static final TableMetadata BOOK =
      table(
          column("id", NativeType.INT, ColumnMetadata.Kind.PARTITION_KEY, 0),
          column("part", NativeType.INT, ColumnMetadata.Kind.CLUSTERING, 0),
          column("owner", NativeType.TEXT, ColumnMetadata.Kind.STATIC, -1),
          column("title", NativeType.TEXT, ColumnMetadata.Kind.REGULAR, -1),
          column("Year", NativeType.INT, ColumnMetadata.Kind.REGULAR, -1));

  private static ColumnMetadata column(
      String name, CqlType type, ColumnMetadata.Kind kind, int position) {
    return new ColumnMetadata(name, type, kind, position, false);
  }

  private static TableMetadata table(ColumnMetadata... columns) {
    Map<String, ColumnMetadata> byName = new LinkedHashMap<>();
    for (ColumnMetadata column : columns) {
      byName.put(column.name(), column);
    }
    return new TableMetadata(
        "shop",
        "book",
        null,
        byName,
        byName.values().stream()
            .filter(c -> c.kind() == ColumnMetadata.Kind.PARTITION_KEY)
            .toList(),
        byName.values().stream().filter(c -> c.kind() == ColumnMetadata.Kind.CLUSTERING).toList(),
        Map.of(),
        Map.of(),
        null);
  }

  private static LoadStatement of(String map, List<String> fields) {
    return LoadStatement.of(BOOK, Mapping.parse(map), fields, false, null, 0, null);
  }

  @Test
  void fieldsOfTheNamesOfColumnsNeedNoMapping() {
    LoadStatement statement = of(null, List.of("title", "ID", "part", "Year"));
    assertThat(statement.text())
        .isEqualTo(
            "INSERT INTO \"shop\".\"book\" (\"title\", \"id\", \"part\", \"Year\")"
                + " VALUES (?, ?, ?, ?)");
    assertThat(statement.markers().get("id").position()).isEqualTo(1);
  }

  @Test
  void withoutAHeaderTheColumnsOfTheTableStandInOrder() {
    LoadStatement statement = of(null, null);
    assertThat(statement.markers().keySet())
        .containsExactly("id", "part", "owner", "title", "Year");
    assertThat(statement.markers().get("title").position()).isEqualTo(3);
  }

  @Test
  void aMappingNamesFieldsPositionsFunctionsTtlAndTimestamp() {
    LoadStatement statement =
        of(
            "isbn=id, 2=part, now()=title, f=__ttl, g=__timestamp",
            List.of("isbn", "x", "p", "f", "g"));
    assertThat(statement.text())
        .isEqualTo(
            "INSERT INTO \"shop\".\"book\" (\"id\", \"part\", \"title\") VALUES (?, ?, now())"
                + " USING TTL ? AND TIMESTAMP ?");
    assertThat(statement.markers().get("part").position()).isEqualTo(2);
    assertThat(statement.markers().get("[ttl]").position()).isEqualTo(3);
    assertThat(of("title=now(), *=*", List.of("id", "part", "title")).text())
        .contains("(\"id\", \"part\", \"title\") VALUES (?, ?, now())");
    assertThat(of("*=-title", List.of("id", "part", "title")).text())
        .contains("(\"id\", \"part\") VALUES");
  }

  @Test
  void staticColumnsNeedNoClusteringKey() {
    assertThat(of("id=id, owner=owner", List.of("id", "owner")).text())
        .contains("(\"id\", \"owner\")");
  }

  @Test
  void constantsStandInTheStatement() {
    assertThat(
            LoadStatement.of(BOOK, Mapping.NONE, List.of("id", "part"), false, null, 60, 5L).text())
        .endsWith("VALUES (?, ?) USING TTL 60 AND TIMESTAMP 5");
  }

  @Test
  void fieldsOfAnUnloadAreTimes() {
    LoadStatement statement =
        of(
            "ttl(title)=__ttl, writetime(title)=__timestamp, *=*",
            List.of("id", "part", "title", "ttl(title)", "writetime(title)"));
    assertThat(statement.text()).endsWith("VALUES (?, ?, ?) USING TTL ? AND TIMESTAMP ?");
    assertThat(statement.markers().get("[ttl]").position()).isEqualTo(3);
  }

  @Test
  void countersAreAddedTo() {
    TableMetadata counts =
        table(
            column("id", NativeType.INT, ColumnMetadata.Kind.PARTITION_KEY, 0),
            column("n", NativeType.COUNTER, ColumnMetadata.Kind.REGULAR, -1));
    assertThat(
            LoadStatement.of(counts, Mapping.NONE, List.of("id", "n"), false, null, 0, null).text())
        .isEqualTo("UPDATE \"shop\".\"book\" SET \"n\" = \"n\" + ? WHERE \"id\" = ?");
  }

  @Test
  void whatCannotBeMeantIsRefusedWithAHint() {
    assertWrong(() -> of(null, List.of("id", "part", "nope")), "nope is no column");
    assertWrong(() -> of(null, List.of("id", "title")), "no field for the column part");
    assertWrong(() -> of("a=nope", List.of("a")), "no column nope");
    assertWrong(() -> of("b=id", List.of("a")), "no field b");
    assertWrong(() -> of("a=id, b=id", List.of("a", "b")), "twice");
    assertWrong(() -> of("a=b=c", List.of("a", "b")), "expected FIELD=COLUMN");
  }

  private static void assertWrong(Runnable what, String message) {
    assertThatThrownBy(what::run)
        .isInstanceOf(ToolException.class)
        .hasMessageContaining(message)
        .extracting(failure -> ((ToolException) failure).hint())
        .isNotNull();
  }

  @Test
  void anOwnStatementTakesFieldsByTheNamesOfItsMarkers() {
    LoadStatement statement =
        LoadStatement.own(
            "...", List.of("b", "a"), Mapping.parse("x=b, *=*"), List.of("a", "x"), false, null);
    assertThat(statement.markers().get("b").position()).isEqualTo(1);
    assertThat(statement.markers().get("a").position()).isZero();
    assertThat(
            LoadStatement.own("...", List.of("b", "a"), Mapping.NONE, null, false, null)
                .markers()
                .get("a")
                .position())
        .isEqualTo(1);
  }
}
