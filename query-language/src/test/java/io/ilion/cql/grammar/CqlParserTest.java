package io.ilion.cql.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.cql.ast.ArithmeticOperator;
import io.ilion.cql.ast.Assignment;
import io.ilion.cql.ast.Batch;
import io.ilion.cql.ast.Describe;
import io.ilion.cql.ast.Identifier;
import io.ilion.cql.ast.Modification;
import io.ilion.cql.ast.Operator;
import io.ilion.cql.ast.Position;
import io.ilion.cql.ast.RawType;
import io.ilion.cql.ast.Relation;
import io.ilion.cql.ast.SchemaStatement;
import io.ilion.cql.ast.Select;
import io.ilion.cql.ast.Term;
import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CqlParserTest {

  @ParameterizedTest
  @MethodSource("accepted")
  void acceptsEveryForm(String statement) {
    assertThatCode(() -> CqlParser.parse(statement)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusesWithThePositionAndWhatWasExpected(String line) {
    int bar = line.lastIndexOf(" | ");
    assertThatThrownBy(() -> CqlParser.parse(line.substring(0, bar)))
        .isInstanceOfSatisfying(
            CqlException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.SYNTAX_ERROR);
              assertThat(e.getMessage()).startsWith(line.substring(bar + 3));
            });
  }

  @Test
  void decidesTheCaseOfNames() {
    Select select = (Select) CqlParser.parse("SELECT Ab, \"Ab\"\"c\", KEY FROM Ks.\"T\"");
    assertThat(select.table().keyspace()).isEqualTo("ks");
    assertThat(select.table().name()).isEqualTo("T");
    assertThat(select.selectors())
        .extracting(selector -> ((Term.ColumnRef) selector.term()).column().name())
        .containsExactly("ab", "Ab\"c", "key");
  }

  @Test
  void numbersBindMarkersInTheOrderOfTheText() {
    Batch batch =
        (Batch)
            CqlParser.parse(
                "BEGIN BATCH USING TIMESTAMP ? INSERT INTO t (a, b) VALUES (?, {:x: ?})"
                    + " UPDATE t USING TTL ? SET m[?] = ? WHERE k IN (?, ?) IF v = ? APPLY BATCH");
    assertThat(batch.using().timestamp()).isEqualTo(marker(0, null, 1, 28));
    Modification.Insert insert = (Modification.Insert) batch.statements().get(0);
    assertThat(insert.values().get(0)).isEqualTo(marker(1, null, 1, 59));
    Term.MapEntry entry = ((Term.MapLiteral) insert.values().get(1)).entries().get(0);
    assertThat(((Term.BindMarker) entry.key()).name()).isEqualTo("x");
    assertThat(((Term.BindMarker) entry.key()).index()).isEqualTo(2);
    assertThat(((Term.BindMarker) entry.value()).index()).isEqualTo(3);
    Modification.Update update = (Modification.Update) batch.statements().get(1);
    assertThat(((Term.BindMarker) update.using().timeToLive()).index()).isEqualTo(4);
    Assignment.SetElement element = (Assignment.SetElement) update.assignments().get(0);
    assertThat(((Term.BindMarker) element.key()).index()).isEqualTo(5);
    assertThat(((Term.BindMarker) element.value()).index()).isEqualTo(6);
    Term.InList in = (Term.InList) ((Relation.OnColumn) update.where().get(0)).value();
    assertThat(in.elements())
        .extracting(term -> ((Term.BindMarker) term).index())
        .containsExactly(7, 8);
    assertThat(((Term.BindMarker) update.conditions().get(0).value()).index()).isEqualTo(9);
  }

  private static Term.BindMarker marker(int index, String name, int line, int column) {
    return new Term.BindMarker(index, name, new Position(line, column));
  }

  @Test
  void keepsThePositionOfWhatErrorsPointTo() {
    Select select = (Select) CqlParser.parse("SELECT a\nFROM t -- x\nWHERE  b = 'c'");
    Relation.OnColumn relation = (Relation.OnColumn) select.where().get(0);
    assertThat(relation.position()).isEqualTo(new Position(3, 7));
    assertThat(relation.value().position()).isEqualTo(new Position(3, 11));
  }

  @Test
  void bindsProductsTighterThanSums() {
    Term.Arithmetic sum = (Term.Arithmetic) CqlParser.parseTerm("1 - 2 * 3 / 4 + 5");
    assertThat(sum.operator()).isEqualTo(ArithmeticOperator.ADD);
    assertThat(((Term.Literal) sum.right()).text()).isEqualTo("5");
    Term.Arithmetic difference = (Term.Arithmetic) sum.left();
    assertThat(difference.operator()).isEqualTo(ArithmeticOperator.SUBTRACT);
    Term.Arithmetic quotient = (Term.Arithmetic) difference.right();
    assertThat(quotient.operator()).isEqualTo(ArithmeticOperator.DIVIDE);
    assertThat(((Term.Arithmetic) quotient.left()).operator())
        .isEqualTo(ArithmeticOperator.MULTIPLY);
  }

  @ParameterizedTest
  @MethodSource("literals")
  void tellsLiteralsApart(String line) {
    String[] parts = line.split(" ", 3);
    Term.Literal literal = (Term.Literal) CqlParser.parseTerm(parts[0]);
    assertThat(literal.kind()).isEqualTo(Term.LiteralKind.valueOf(parts[1]));
    assertThat(literal.text()).isEqualTo(parts.length > 2 ? parts[2] : parts[0]);
  }

  static List<String> literals() {
    return List.of(
        "1 INTEGER",
        "-1 INTEGER",
        "1. FLOAT",
        "-1.5e-3 FLOAT",
        "1e9 FLOAT",
        "nan FLOAT NaN",
        "-NaN FLOAT NaN",
        "INFINITY FLOAT Infinity",
        "-infinity FLOAT -Infinity",
        "true BOOLEAN",
        "FALSE BOOLEAN",
        "0x0aF HEX",
        "0x HEX",
        "1d DURATION",
        "-1y2mo3w DURATION",
        "P1Y2M3DT4H5M6S DURATION",
        "P0001-02-03T04:05:06 DURATION",
        "-P3W DURATION",
        "10\u00b5s DURATION",
        "123e4567-e89b-12d3-a456-426655440000 UUID",
        "'it''s' STRING it's",
        "$$it's$$ STRING it's",
        "'' STRING ",
        "'\u20ac\ud83d\ude00' STRING \u20ac\ud83d\ude00");
  }

  @Test
  void splitsANumberFromTheRangeBehindIt() {
    Term.SliceAccess slice = (Term.SliceAccess) CqlParser.parseExpression("m[1..-2]");
    assertThat(((Term.Literal) slice.from()).text()).isEqualTo("1");
    assertThat(((Term.Literal) slice.to()).text()).isEqualTo("-2");
    Term.SliceAccess floats = (Term.SliceAccess) CqlParser.parseExpression("m[1...2.5]");
    assertThat(((Term.Literal) floats.from()).text()).isEqualTo("1.");
    Term.SliceAccess open = (Term.SliceAccess) CqlParser.parseExpression("m['a'..]");
    assertThat(open.to()).isNull();
  }

  @Test
  void readsKeywordsAsSuchWhereBothReadingsWork() {
    assertThat(((Select) CqlParser.parse("SELECT JSON a FROM t")).json()).isTrue();
    assertThat(((Select) CqlParser.parse("SELECT json FROM t")).json()).isFalse();
    assertThat(((Select) CqlParser.parse("SELECT DISTINCT a FROM t")).distinct()).isTrue();
    assertThat(((Select) CqlParser.parse("SELECT distinct FROM t")).distinct()).isFalse();
    assertThat(((Describe) CqlParser.parse("DESC SCHEMA")).target())
        .isEqualTo(Describe.Target.SCHEMA);
    assertThat(((Describe) CqlParser.parse("DESC KEYSPACE")).target())
        .isEqualTo(Describe.Target.KEYSPACE);
  }

  @Test
  void tellsAssignmentsApart() {
    Modification.Update update =
        (Modification.Update)
            CqlParser.parse(
                "UPDATE t SET a = 1 + 2, b = b + 1, c = c -1, d = [1] + d, e -= 1, f[0] = 1,"
                    + " g.h = 1 WHERE k = 1");
    assertThat(update.assignments())
        .extracting(Object::getClass)
        .extracting(Class::getSimpleName)
        .containsExactly("SetValue", "Add", "Add", "Prepend", "Subtract", "SetElement", "SetField");
    Term.Literal minusOne = (Term.Literal) ((Assignment.Add) update.assignments().get(2)).value();
    assertThat(minusOne.text()).isEqualTo("-1");
  }

  @Test
  void readsConditionsOnElementsAndFields() {
    Modification.Update update =
        (Modification.Update)
            CqlParser.parse(
                "UPDATE t SET a = 1 WHERE k = 1"
                    + " IF m['x'] IN (1, 2) AND u.f >= 3 AND s CONTAINS KEY 4");
    assertThat(update.conditions())
        .extracting(condition -> condition.operator())
        .containsExactly(Operator.IN, Operator.GTE, Operator.CONTAINS_KEY);
    assertThat(update.conditions().get(0).element()).isInstanceOf(Term.Literal.class);
    assertThat(update.conditions().get(0).value()).isInstanceOf(Term.InList.class);
    assertThat(update.conditions().get(1).field()).isEqualTo(Identifier.of("f"));
  }

  @Test
  void readsTables() {
    SchemaStatement.CreateTable table =
        (SchemaStatement.CreateTable)
            CqlParser.parse(
                "CREATE TABLE t (a int, b frozen<map<text, my.u>>, PRIMARY KEY ((a), b))"
                    + " WITH CLUSTERING ORDER BY (b DESC) AND comment = 'x'");
    assertThat(table.columns().get(1).type().toString()).isEqualTo("frozen<map<text, my.u>>");
    assertThat(table.primaryKeys().get(0).partitionKey()).containsExactly(Identifier.of("a"));
    assertThat(table.primaryKeys().get(0).clustering()).containsExactly(Identifier.of("b"));
    assertThat(table.clusteringOrder().get(0).descending()).isTrue();
    assertThat(table.properties()).containsOnlyKeys("comment");
  }

  @Test
  void readsTypes() {
    assertThat(CqlParser.parseType("VARCHAR")).isEqualTo(new RawType.Native("varchar"));
    assertThat(CqlParser.parseType("vector<frozen<list<int>>, 3>").toString())
        .isEqualTo("vector<frozen<list<int>>, 3>");
    assertThat(CqlParser.parseType("'o.a.X'")).isEqualTo(new RawType.CustomType("o.a.X"));
  }

  @Test
  void refusesDeepNestingAtOnce() {
    for (String open : List.of("(", "[", "{", "f(", "{1: ", "(int)(")) {
      assertSyntaxError("INSERT INTO t (a) VALUES (" + open.repeat(10_000) + "1", "nested");
      assertSyntaxError("SELECT " + open.repeat(10_000) + "1", "nested");
    }
    assertSyntaxError("CREATE TABLE t (a " + "list<".repeat(10_000) + "int", "");
    assertSyntaxError("SELECT " + "-".repeat(9) + "- ".repeat(10_000) + "a FROM t", "");
    assertSyntaxError("SELECT a" + " + a".repeat(10_000) + " FROM t", "nested too deeply");
    assertSyntaxError("SELECT a" + ".b".repeat(10_000) + " FROM t", "nested too deeply");
    assertSyntaxError("SELECT " + "(int)".repeat(10_000) + "a FROM t", "nested too deeply");
    String nested = "(".repeat(150) + "1" + ")".repeat(150);
    assertThatCode(() -> CqlParser.parseTerm(nested)).doesNotThrowAnyException();
  }

  @Test
  void parsesAMegabyte() {
    StringBuilder text = new StringBuilder("INSERT INTO t (a) VALUES ([1");
    while (text.length() < 1_000_000) {
      text.append(", {'a': (1, 'x')}");
    }
    Modification.Insert insert =
        (Modification.Insert) CqlParser.parse(text.append("])").toString());
    assertThat(((Term.ListLiteral) insert.values().get(0)).elements()).hasSizeGreaterThan(50_000);
    assertThatCode(() -> CqlParser.parse("INSERT INTO t JSON '" + "x".repeat(1 << 20) + "'"))
        .doesNotThrowAnyException();
    assertSyntaxError("x ".repeat(500_000), "line 1:0");
    assertSyntaxError("SELECT * FROM t WHERE " + "a = 1 AND ".repeat(100_000), "line 0:-1");
    assertSyntaxError("'" + "x".repeat(1 << 20), "line 1:1048577 mismatched character");
  }

  @Test
  void refusesTooLongStatements() {
    assertSyntaxError(" ".repeat(CqlParser.MAX_LENGTH + 1), "too long");
  }

  private static void assertSyntaxError(String statement, String message) {
    assertThatThrownBy(() -> CqlParser.parse(statement))
        .isInstanceOf(CqlException.class)
        .hasMessageContaining(message);
  }

  @Test
  void mutatedStatementsGiveOnlySyntaxErrors() {
    List<String> seeds = accepted();
    long seed = 42;
    Random random = new Random(seed);
    String noise = "'\"$(){}[]<>,;:.?*+-/%=! \n0aZ_\u00e9\u0000\ud83d";
    for (int i = 0; i < 100_000; i++) {
      StringBuilder text = new StringBuilder(seeds.get(random.nextInt(seeds.size())));
      for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
        int at = random.nextInt(text.length() + 1);
        switch (random.nextInt(4)) {
          case 0 -> text.insert(at, noise.charAt(random.nextInt(noise.length())));
          case 1 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(4)));
          case 2 -> {
            String other = seeds.get(random.nextInt(seeds.size()));
            text.insert(at, other, 0, random.nextInt(other.length()));
          }
          default -> text.setLength(at);
        }
      }
      try {
        CqlParser.parse(text.toString());
      } catch (CqlException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.SYNTAX_ERROR);
      } catch (RuntimeException | StackOverflowError e) {
        throw new AssertionError("seed " + seed + ", statement " + i + ": " + text, e);
      }
    }
  }

  static List<String> accepted() {
    return lines("accepted.cql");
  }

  static List<String> refused() {
    return lines("refused.cql");
  }

  private static List<String> lines(String file) {
    try (InputStream in = CqlParserTest.class.getResourceAsStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
