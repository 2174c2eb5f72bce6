package io.ilion.tools.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.driver.Row;
import io.ilion.driver.Session;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.NativeType;
import io.ilion.tools.TestNode;
import io.ilion.tools.console.Progress;
import io.ilion.tools.console.ToolException;
import io.ilion.tools.load.codec.FieldFormats;
import io.ilion.tools.load.codec.RandomValues;
import io.ilion.tools.load.format.CsvFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables of a node into files, and back. */
@Tag(TestNode.PEER)
class BulkUnloadTest {
  @TempDir static Path data;
  private static TestNode node;
  private static Session session;

  @TempDir Path folder;

  @BeforeAll
  static void start() throws IOException {
    node = TestNode.orPeer(data);
    session = node.session();
  }

  @AfterAll
  static void stop() {
    session.close();
    node.close();
  }

  private static LoadSummary unload(UnloadOptions options) throws Exception {
    return new BulkUnload(session, options, Progress.none()).run();
  }

  private static Map<String, String> rows(String table) {
    Map<String, String> rows = new TreeMap<>();
    for (Row row : session.execute("SELECT * FROM ks." + table)) {
      rows.put(row.getObject("id").toString(), row.toString());
    }
    return rows;
  }

  @Test
  void partitionsWithoutRowsGoOutAndIn() throws Exception {
    for (String table : List.of("statics", "statics_copy")) {
      session.execute(
          "CREATE TABLE ks."
              + table
              + " (id int, c int, s text static, v text, PRIMARY KEY (id, c))");
    }
    session.execute("INSERT INTO ks.statics (id, c, s, v) VALUES (1, 1, 'one', 'v')");
    session.execute("INSERT INTO ks.statics (id, s) VALUES (2, 'two')");
    session.execute("INSERT INTO ks.statics (id, c) VALUES (3, 3)");
    for (String name : List.of("statics.csv", "statics.json")) {
      Path file = folder.resolve(name);
      boolean json = name.endsWith("json");
      unload(
          new UnloadOptions()
              .table("ks", "statics")
              .output(file, false)
              .format(json ? LoadOptions.Format.JSON : LoadOptions.Format.CSV, false));
      session.execute("TRUNCATE ks.statics_copy");
      LoadOptions in =
          new LoadOptions().table("ks", "statics_copy").inputs(List.of(file.toString())).ttl(1000);
      LoadSummary summary = new BulkLoad(session, in, Progress.none()).run();
      assertThat(summary.bad()).describedAs(name).isZero();
      assertThat(
              session.execute("SELECT id, c, s, v FROM ks.statics_copy").all().stream()
                  .map(row -> row.getInt(0) + " " + row.getString(2) + " " + row.getString(3)))
          .describedAs(name)
          .containsExactlyInAnyOrder("1 one v", "2 two null", "3 null null");
    }
    Path bad = Files.writeString(folder.resolve("bad.csv"), "id,c,s,v\n4,,four,v\n,,five,\n6,,,\n");
    LoadSummary summary =
        new BulkLoad(
                session,
                new LoadOptions().table("ks", "statics_copy").inputs(List.of(bad.toString())),
                Progress.none())
            .run();
    assertThat(summary.bad()).as(String.join("\n", summary.notes())).isEqualTo(3);
  }

  /** A table with a column of each type, random values and nulls, out and in again. */
  @Test
  void allTypesGoOutAndIn() throws Exception {
    long seed = 42;
    Random random = new Random(seed);
    session.execute("CREATE TYPE ks.address (street text, number int)");
    List<String> types = new ArrayList<>(RandomValues.NATIVE);
    types.addAll(
        List.of(
            "list<text>",
            "set<int>",
            "map<text, double>",
            "frozen<list<frozen<map<int, text>>>>",
            "tuple<text, int>",
            "frozen<address>",
            "address",
            "vector<float, 3>",
            "map<timestamp, uuid>"));
    String columns =
        java.util.stream.IntStream.range(0, types.size())
            .mapToObj(i -> "c" + i + " " + types.get(i))
            .collect(Collectors.joining(", "));
    for (String table : List.of("original", "copy")) {
      session.execute(
          "CREATE TABLE ks."
              + table
              + " (id int PRIMARY KEY, "
              + columns.replace("address", "ks.address")
              + ")");
    }
    String markers = ", ?".repeat(types.size());
    var insert =
        session.prepare(
            "INSERT INTO ks.original (id" + columnNames(types) + ") VALUES (?" + markers + ")");
    for (int i = 0; i < 200; i++) {
      io.ilion.tools.load.codec.WireBuffer row = new io.ilion.tools.load.codec.WireBuffer(256);
      row.putValue(NativeType.INT.fromString(Integer.toString(i)));
      for (int c = 0; c < types.size(); c++) {
        CqlType type = insert.variables().type(c + 1);
        byte[] value = random.nextInt(5) == 0 ? null : RandomValues.of(type, random);
        row.putValue(value);
      }
      session.execute(insert.bindEncoded(row.array(), 0, row.size()));
    }
    Map<String, String> expected = rows("original");
    CsvFormat cqlsh = new CsvFormat((byte) ',', (byte) '"', (byte) '\\', false);
    FieldFormats literals = FieldFormats.STANDARD.literals(true, -1, -1);
    for (String name : List.of("a.csv", "b.csv.gz", "c.json", "d.json.zst", "e.csv", "f.json")) {
      Path file = folder.resolve(name);
      boolean json = name.contains("json");
      boolean likeCqlsh = name.equals("e.csv");
      UnloadOptions out =
          new UnloadOptions()
              .table("ks", "original")
              .output(file, false)
              .format(
                  json ? LoadOptions.Format.JSON : LoadOptions.Format.CSV, name.equals("f.json"));
      LoadOptions in = new LoadOptions().table("ks", "copy").inputs(List.of(file.toString()));
      if (likeCqlsh) {
        out.csv(cqlsh, false, false).formats(literals, "<null>");
        in.csv(cqlsh, false).formats(literals).nulls(Set.of("<null>"), false, true);
      }
      assertThat(unload(out).rows()).isEqualTo(200);
      session.execute("TRUNCATE ks.copy");
      LoadSummary summary = new BulkLoad(session, in, Progress.none()).run();
      assertThat(summary.lines()).describedAs(name).noneMatch(line -> line.contains("bad"));
      assertThat(rows("copy")).describedAs("%s, seed %d", name, seed).isEqualTo(expected);
    }
  }

  private static String columnNames(List<String> types) {
    return java.util.stream.IntStream.range(0, types.size())
        .mapToObj(i -> ", c" + i)
        .collect(Collectors.joining());
  }

  @Test
  void foldersLimitsQueriesTokensAndCounts() throws Exception {
    session.execute("CREATE TABLE ks.wide (id int, c int, v text, PRIMARY KEY (id, c))");
    var insert = session.prepare("INSERT INTO ks.wide (id, c, v) VALUES (?, ?, ?)");
    int expected = 0;
    for (int id = 0; id < 50; id++) {
      for (int c = 0; c <= id; c++) {
        session.execute(insert.bind(id, c, "v"));
        expected++;
      }
    }
    Path parts = folder.resolve("parts");
    LoadSummary summary =
        unload(
            new UnloadOptions()
                .table("ks", "wide")
                .output(parts, true)
                .requests(3, 100, 3)
                .rows(Long.MAX_VALUE, 200));
    assertThat(summary.rows()).isEqualTo(expected);
    assertThat(summary.files()).isGreaterThanOrEqualTo(4);
    // Parts of two unloads are not mixed.
    assertThatThrownBy(() -> unload(new UnloadOptions().table("ks", "wide").output(parts, true)))
        .isInstanceOf(ToolException.class)
        .hasMessageContaining("of another unload");
    session.execute("TRUNCATE ks.wide");
    LoadSummary back =
        new BulkLoad(
                session,
                new LoadOptions().table("ks", "wide").inputs(List.of(parts.toString())),
                Progress.none())
            .run();
    assertThat(back.rows()).isEqualTo(expected);

    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(
            unload(
                    new UnloadOptions()
                        .query("SELECT id, c, writetime(v) FROM ks.wide WHERE id = 7")
                        .standardOutput(out))
                .rows())
        .isEqualTo(8);
    assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("id,c,writetime(v)\n7,0,");
    assertThat(
            unload(
                    new UnloadOptions()
                        .table("ks", "wide")
                        .columns(List.of("id"))
                        .standardOutput(new ByteArrayOutputStream())
                        .rows(77, Long.MAX_VALUE))
                .rows())
        .isEqualTo(77);
    long some =
        unload(
                new UnloadOptions()
                    .table("ks", "wide")
                    .standardOutput(new ByteArrayOutputStream())
                    .tokens(0L, null))
            .rows();
    long others =
        unload(
                new UnloadOptions()
                    .table("ks", "wide")
                    .standardOutput(new ByteArrayOutputStream())
                    .tokens(null, 0L))
            .rows();
    assertThat(some).isPositive();
    assertThat(some + others).isEqualTo(expected);

    BulkCount.Counts counts =
        new BulkCount(session, new BulkCount.Options("ks", "wide", 4, 0, 3), Progress.none()).run();
    assertThat(counts.summary().rows()).isEqualTo(expected);
    assertThat(counts.byRange().values().stream().mapToLong(n -> n).sum()).isEqualTo(expected);
    assertThat(counts.byNode().values()).containsExactly((long) expected);
    BulkCount.Counts partitions =
        new BulkCount(session, new BulkCount.Options("ks", "wide", 4, 3, 3), Progress.none()).run();
    assertThat(partitions.partitionCount()).isEqualTo(50);
    assertThat(partitions.largest())
        .containsExactly(Map.entry("49", 50L), Map.entry("48", 49L), Map.entry("47", 48L));
  }
}
