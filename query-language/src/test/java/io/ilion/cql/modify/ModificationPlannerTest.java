package io.ilion.cql.modify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.cql.ast.Modification;
import io.ilion.cql.ast.SchemaStatement;
import io.ilion.cql.function.FunctionContext;
import io.ilion.cql.grammar.CqlParser;
import io.ilion.cql.schema.SchemaTransformer;
import io.ilion.cql.schema.TypeResolver;
import io.ilion.cql.term.BindVariables;
import io.ilion.cql.term.Evaluation;
import io.ilion.cql.term.Receiver;
import io.ilion.cql.term.WireValues;
import io.ilion.model.CqlException;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.Values;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModificationPlannerTest {
  private static final long TIME = 1000;
  private static final long NOW = 50;

  private final Schema schema = schema();

  private static Schema schema() {
    Schema schema =
        new Schema(
            0,
            Map.of(
                "ks",
                new KeyspaceDefinition(
                    "ks", Map.of("class", "SimpleStrategy", "replication_factor", "1"), true)));
    for (String statement :
        List.of(
            "CREATE TYPE u (a int, b text)",
            "CREATE TABLE p (k int PRIMARY KEY, v text, i int, l list<int>, s set<int>,"
                + " m map<text, int>, u u, f frozen<u>, fl frozen<list<int>>, t tuple<int, text>)",
            "CREATE TABLE w (k int, c int, d int, e text, v text, st text static,"
                + " sl list<int> static, PRIMARY KEY (k, c, d, e))"
                + " WITH CLUSTERING ORDER BY (c ASC, d DESC, e ASC)",
            "CREATE TABLE c (a int, b text, v int, PRIMARY KEY ((a, b)))",
            "CREATE TABLE n (k int PRIMARY KEY, hits counter)",
            "CREATE TABLE x (k int PRIMARY KEY, v int) WITH default_time_to_live = 7")) {
      long next = schema.epoch();
      schema =
          new SchemaTransformer(schema, "ks", () -> new UUID(1, next), 1)
              .apply((SchemaStatement) CqlParser.parse(statement))
              .schema();
    }
    return schema;
  }

  /** Time UUIDs that count up; nothing is random. */
  private static final class Context implements FunctionContext {
    private long time = 140_000_000_000_000_000L;

    @Override
    public long nowMillis() {
      return NOW * 1000;
    }

    @Override
    public byte[] newTimeUuid() {
      time++;
      long high =
          (time & 0xffff_ffffL) << 32 | (time >>> 32 & 0xffffL) << 16 | 0x1000 | time >>> 48;
      return ByteBuffer.allocate(16).putLong(high).putLong(0x8000_0000_0000_0001L).array();
    }

    @Override
    public byte[] newRandomUuid() {
      return new byte[16];
    }
  }

  private ModificationPlan plan(String statement, BindVariables variables) {
    Modification modification = (Modification) CqlParser.parse(statement);
    KeyspaceDefinition keyspace = schema.keyspace("ks");
    TableDefinition table = keyspace.tables().get(modification.table().name());
    return new ModificationPlanner(
            table,
            new TypeResolver("ks", keyspace),
            (name, arguments, receiver, t) -> List.of(),
            variables)
        .plan(modification);
  }

  private BoundModification bind(String statement, byte[]... bound) {
    return plan(statement, new BindVariables())
        .bind(new Evaluation(bound, new Context()), TIME, NOW);
  }

  private List<String> execute(String statement, CurrentRows rows, byte[]... bound) {
    BoundModification modification = bind(statement, bound);
    UpdateBuffer buffer = new UpdateBuffer();
    modification.addTo(buffer, rows);
    return lines(modification.plan().table(), buffer);
  }

  private static List<String> lines(TableDefinition table, UpdateBuffer buffer) {
    List<String> lines = new ArrayList<>();
    UpdateText text = new UpdateText(table);
    buffer.build().forEach(update -> lines.addAll(text.lines(update)));
    return lines;
  }

  @ParameterizedTest
  @MethodSource("written")
  void writes(String line) {
    String[] parts = line.split(" => ");
    assertThat(String.join(" ; ", execute(parts[0], CurrentRows.NONE))).isEqualTo(parts[1].strip());
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refuses(String line) {
    String[] parts = line.split(" => ");
    assertThatThrownBy(
            () -> {
              BoundModification bound = bind(parts[0]);
              if (bound.plan().isConditional()) {
                bound.applies(CurrentRows.NONE);
              }
              bound.addTo(new UpdateBuffer(), CurrentRows.NONE);
            })
        .isInstanceOf(CqlException.class)
        .hasMessage(parts[1]);
  }

  static List<String> written() {
    return fixture("written.txt");
  }

  static List<String> refused() {
    return fixture("refused.txt");
  }

  private static List<String> fixture(String file) {
    try (InputStream in = ModificationPlannerTest.class.getResourceAsStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DELETE FROM c WHERE a IN ? AND b IN ?",
        "DELETE FROM w WHERE k = 1 AND c IN ? AND d IN ? AND e = 'x'",
        "DELETE FROM w WHERE k IN ? AND c IN ?",
        "UPDATE w SET v = 'x' WHERE k IN ? AND c IN ? AND d = 1 AND e = 'x'"
      })
  void combinationsOfManyValuesAreRefusedBeforeTheyAreMade(String statement) {
    byte[] many = ints(50_000);
    assertThatThrownBy(() -> execute(statement, CurrentRows.NONE, many, many))
        .isInstanceOf(CqlException.class)
        .hasMessageContaining("cartesian product")
        .hasMessageContaining("2500000000");
    byte[] some = ints(20);
    assertThat(execute(statement, CurrentRows.NONE, some, some)).hasSizeGreaterThanOrEqualTo(20);
  }

  /** So many different numbers as a list, which is also one of texts: no byte is above 127. */
  private static byte[] ints(int count) {
    ByteBuffer list = ByteBuffer.allocate(4 + 8 * count).putInt(count);
    for (int i = 0; i < count; i++) {
      list.putInt(4).putInt(i >> 14 << 16 | (i >> 7 & 127) << 8 | i & 127);
    }
    return list.array();
  }

  // ---- bind variables ----

  @Test
  void listsBindVariablesInTheOrderOfTheText() {
    BindVariables variables = new BindVariables();
    ModificationPlan plan =
        plan(
            "UPDATE p USING TTL ? SET l[?] = ?, m[?] = ?, s = s - ?, u.b = ?, i = :x WHERE k = ?"
                + " IF v IN ? AND l[?] = ?",
            variables);
    assertThat(variables.list())
        .extracting(receiver -> receiver.name() + " " + receiver.type())
        .containsExactly(
            "[ttl] int",
            "idx(l) int",
            "value(l) int",
            "key(m) text",
            "value(m) int",
            "s set<int>",
            "u.b text",
            "x int",
            "k int",
            "in(v) frozen<list<text>>",
            "idx(l) int",
            "value(l) int");
    assertThat(plan.partitionKeyIndexes()).containsExactly(8);
  }

  @Test
  void findsTheVariablesOfThePartitionKey() {
    assertThat(plan("INSERT INTO c (v, b, a) VALUES (?, ?, ?)", new BindVariables()))
        .extracting(ModificationPlan::partitionKeyIndexes)
        .isEqualTo(new int[] {2, 1});
    assertThat(
            plan("UPDATE c SET v = 1 WHERE a = ? AND b = 'x'", new BindVariables())
                .partitionKeyIndexes())
        .isEmpty();
    BindVariables variables = new BindVariables();
    plan("DELETE FROM w WHERE k IN ? AND (c, d) >= ?", variables);
    assertThat(variables.list()).extracting(Receiver::name).containsExactly("in(k)", "(c,d)");
  }

  @Test
  void leavesUnsetColumnsAlone() {
    assertThat(
            execute(
                "INSERT INTO p (k, v, l, i) VALUES (1, ?, ?, ?)",
                CurrentRows.NONE,
                Values.UNSET,
                Values.UNSET,
                null))
        .containsExactly("1 live@1000 i=-@1000");
  }

  @Test
  void checksBoundValues() {
    assertThatThrownBy(
            () -> execute("INSERT INTO p (k, i) VALUES (1, ?)", CurrentRows.NONE, new byte[2]))
        .hasMessage("Expected 4 or 0 byte int (2)");
    assertThatThrownBy(() -> execute("DELETE FROM p WHERE k = ?", CurrentRows.NONE, Values.UNSET))
        .hasMessage("Invalid unset value for column k");
    assertThatThrownBy(() -> execute("INSERT INTO p JSON ?", CurrentRows.NONE, new byte[][] {null}))
        .hasMessage("Got null for INSERT JSON values");
  }

  @Test
  void takesJsonFromAVariable() {
    assertThat(
            execute(
                "INSERT INTO p JSON ? DEFAULT UNSET",
                CurrentRows.NONE,
                "{\"K\": 1, \"v\": \"x\", \"s\": [2, 1], \"u\": null}"
                    .getBytes(StandardCharsets.UTF_8)))
        .containsExactly("1 live@1000 v='x'@1000 s{}@999 s[1]=@1000 s[2]=@1000 u{}@999");
  }

  // ---- with rows ----

  /** The rows that a statement wrote, to be read by the next one. */
  private CurrentRows after(String statement, byte[]... values) {
    BoundModification bound = bind(statement, values);
    UpdateBuffer buffer = new UpdateBuffer();
    bound.addTo(buffer, CurrentRows.NONE);
    UpdateReader update = new UpdateReader().wrap(buffer.build().get(0).update());
    RowReader row = new RowReader();
    CurrentRow fixed =
        update.hasStaticRow()
            ? new CurrentRow(
                row.wrap(update.array(), update.staticRowOffset(), update.staticRowLength()), NOW)
            : null;
    CurrentRow current =
        update.nextEntry()
            ? new CurrentRow(
                row.wrap(update.array(), update.imageOffset(), update.imageLength()), NOW)
            : null;
    return (partition, clustering) -> clustering == null ? fixed : current;
  }

  @Test
  void changesListsByIndexAndValue() {
    CurrentRows rows = after("INSERT INTO p (k, l) VALUES (1, [5, 6, 5])");
    assertThat(bind("UPDATE p SET l[1] = 9 WHERE k = 1").needsRows()).isTrue();
    assertThat(execute("UPDATE p SET l[1] = 9 WHERE k = 1", rows)).containsExactly("1 l[]=9@1000");
    assertThat(execute("DELETE l[0] FROM p WHERE k = 1", rows)).containsExactly("1 l[]=-@1000");
    assertThat(execute("UPDATE p SET l = l - [5] WHERE k = 1", rows))
        .containsExactly("1 l[]=-@1000 l[]=-@1000");
    assertThatThrownBy(() -> execute("UPDATE p SET l[3] = 9 WHERE k = 1", rows))
        .hasMessage("List index 3 out of bound, list has size 3");
    assertThatThrownBy(() -> execute("DELETE l[0] FROM p WHERE k = 1", CurrentRows.NONE))
        .hasMessage("Attempted to delete an element from a list which is null");
  }

  @Test
  void prependsBeforeEverythingThatIsThere() {
    CurrentRows rows = after("UPDATE p SET l = l + [3, 4], l = [1, 2] + l WHERE k = 1");
    TableDefinition table = schema.table("ks", "p");
    byte[] list = rows.row(null, new byte[0]).value(table.column("l"));
    assertThat(table.column("l").type().toCqlLiteral(list)).isEqualTo("[1, 2, 3, 4]");
  }

  private static byte[] list(int from, int to) {
    List<byte[]> elements = new ArrayList<>();
    for (int i = from; i < to; i++) {
      elements.add(NativeType.INT.encode(i));
    }
    return WireValues.collection(elements.size(), elements);
  }

  /** What grows with the square of the number would take minutes. */
  @Test
  @Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
  void changesListsOfVeryManyElements() {
    int many = 150_000;
    CurrentRows rows = after("UPDATE p SET l = l + ? WHERE k = 1", list(0, many));
    assertThat(execute("UPDATE p SET l = l - ? WHERE k = 1", rows, list(many - 1, 2 * many)))
        .containsExactly("1 l[]=-@1000");
    List<String> all =
        execute(
            "UPDATE p SET l = l + ?, l = l - ? WHERE k = 1",
            CurrentRows.NONE,
            list(0, many),
            list(0, many));
    assertThat(all).hasSize(1);
    assertThat(all.getFirst().split("=-@1000", -1)).hasSize(many + 1);
  }

  /** As many as a batch of the protocol may have; not as many times as many comparisons. */
  @Test
  @Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
  void batchesMayChangeOneRowVeryOften() {
    int many = 65_535;
    ModificationPlan plan = plan("UPDATE p SET m[?] = ?, i = ? WHERE k = 1", new BindVariables());
    UpdateBuffer buffer = new UpdateBuffer();
    for (int i = 0; i < many; i++) {
      byte[] number = NativeType.INT.encode(i);
      byte[] key = Integer.toString(i).getBytes(StandardCharsets.UTF_8);
      plan.bind(new Evaluation(new byte[][] {key, number, number}, new Context()), TIME, NOW)
          .addTo(buffer, CurrentRows.NONE);
    }
    String line = lines(plan.table(), buffer).getFirst();
    assertThat(line).contains(" i=65534@1000").contains(" m['0']=0@1000");
    assertThat(line.split(" m\\[", -1)).hasSize(many + 1);
  }

  /** Who looks at one element does not make a value of all. */
  @Test
  @Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
  void conditionsOnElementsOfLargeCollections() {
    int many = 65_535;
    List<byte[]> entries = new ArrayList<>();
    for (int i = 0; i < many; i++) {
      entries.add(Integer.toString(i).getBytes(StandardCharsets.UTF_8));
      entries.add(NativeType.INT.encode(i));
    }
    CurrentRows rows =
        after(
            "UPDATE p SET m = m + ?, l = l + ? WHERE k = 1",
            WireValues.collection(many, entries),
            list(0, many));
    ModificationPlan plan =
        plan("UPDATE p SET i = 1 WHERE k = 1 IF m[?] = ? AND l[?] = ?", new BindVariables());
    for (int i = 0; i <= many; i++) {
      byte[] number = NativeType.INT.encode(i);
      byte[] key = Integer.toString(i).getBytes(StandardCharsets.UTF_8);
      Evaluation values = new Evaluation(new byte[][] {key, number, number, number}, new Context());
      assertThat(plan.bind(values, TIME, NOW).applies(rows)).as("%d", i).isEqualTo(i < many);
    }
  }

  @Test
  void evaluatesConditions() {
    CurrentRows rows =
        after(
            "INSERT INTO p (k, v, i, l, s, m, u, f) VALUES (1, 'x', 5, [1, 2], {3}, {'a': 7},"
                + " {a: 1, b: 'y'}, {a: 2})");
    for (String condition :
        List.of(
            "EXISTS",
            "v = 'x'",
            "v != 'y'",
            "v != null",
            "i > 4 AND i >= 5 AND i < 6 AND i <= 5",
            "i IN (1, 5)",
            "l = [1, 2]",
            "l > [1]",
            "l[1] = 2",
            "l[9] = null",
            "s = {3}",
            "s CONTAINS 3",
            "m CONTAINS 7",
            "m CONTAINS KEY 'a'",
            "m['a'] = 7",
            "m['b'] = null",
            "m['a'] IN (7, 8)",
            "u = {a: 1, b: 'y'}",
            "u.b = 'y'",
            "f.a = 2",
            "f.b = null",
            "fl = null")) {
      assertThat(bind("UPDATE p SET i = 1 WHERE k = 1 IF " + condition).applies(rows))
          .as(condition)
          .isTrue();
    }
    for (String condition :
        List.of(
            "v = 'y'",
            "v = null",
            "i > 5",
            "i IN ()",
            "l = null",
            "s = {}",
            "s CONTAINS 4",
            "m['a'] != 7",
            "u.a = 2",
            "fl != null")) {
      assertThat(bind("UPDATE p SET i = 1 WHERE k = 1 IF " + condition).applies(rows))
          .as(condition)
          .isFalse();
    }
    BoundModification insert = bind("INSERT INTO p (k) VALUES (1) IF NOT EXISTS");
    assertThat(insert.applies(rows)).isFalse();
    assertThat(insert.applies(CurrentRows.NONE)).isTrue();
    assertThat(bind("DELETE FROM p WHERE k = 1 IF v = null").applies(CurrentRows.NONE)).isTrue();
  }

  @Test
  void answersWithTheColumnsOfTheConditions() {
    ModificationPlan plan =
        plan(
            "UPDATE w SET v = 'x' WHERE k = 1 AND c = 1 AND d = 1 AND e = 'e'"
                + " IF v = 'y' AND st = 'z' AND v != 'a'",
            new BindVariables());
    assertThat(plan.conditionColumns()).extracting(c -> c.name()).containsExactly("v", "st");
  }

  @Test
  void joinsTheStatementsOfABatchByPartitionAndRow() {
    UpdateBuffer buffer = new UpdateBuffer();
    for (String statement :
        List.of(
            "INSERT INTO p (k, v) VALUES (1, 'a') USING TIMESTAMP 5",
            "UPDATE p USING TIMESTAMP 6 SET v = 'b', i = 1 WHERE k = 1",
            "UPDATE p SET i = 2 WHERE k = 2")) {
      bind(statement).addTo(buffer, CurrentRows.NONE);
    }
    assertThat(lines(schema.table("ks", "p"), buffer))
        .containsExactly("1 live@5 v='b'@6 i=1@6", "2 i=2@1000");
  }

  @Test
  void needsTheStaticRowForStaticConditions() {
    BoundModification bound =
        bind("UPDATE w SET v = 'x' WHERE k = 1 AND c = 1 AND d = 1 AND e = 'e' IF st = 'a'");
    assertThat(bound.needsStaticRow()).isTrue();
    assertThat(bound.conditionRow()).isNotNull();
    assertThat(bind("UPDATE w SET st = 'x' WHERE k = 1 IF st = 'a'").conditionRow()).isNull();
  }
}
