package io.ilion.conformance.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.data.CqlDuration;
import com.datastax.oss.driver.api.core.data.CqlVector;
import com.datastax.oss.driver.api.core.data.TupleValue;
import com.datastax.oss.driver.api.core.data.UdtValue;
import com.datastax.oss.driver.api.core.type.DataTypes;
import com.datastax.oss.driver.api.core.type.UserDefinedType;
import com.datastax.oss.driver.api.core.type.codec.TypeCodec;
import com.datastax.oss.driver.api.core.uuid.Uuids;
import com.datastax.oss.protocol.internal.util.Bytes;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every type of CQL there and back, with its extreme values, null and the empty. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TypesTest {
  private static final String KEYSPACE = "driver_types";
  private CqlSession session;

  @BeforeAll
  void open() {
    session = DriverSession.openIn(KEYSPACE);
  }

  @AfterAll
  void close() {
    session.execute("DROP KEYSPACE " + KEYSPACE);
    session.close();
  }

  static Stream<Arguments> values() throws UnknownHostException {
    return Stream.of(
        Arguments.of("ascii", Arrays.asList("", "plain", "\u0000\u007f", null)),
        Arguments.of("bigint", Arrays.asList(Long.MIN_VALUE, -1L, 0L, 1L, Long.MAX_VALUE, null)),
        Arguments.of(
            "blob",
            Arrays.asList(
                ByteBuffer.allocate(0),
                Bytes.fromHexString("0x00ff80"),
                ByteBuffer.allocate(70_000),
                null)),
        Arguments.of("boolean", Arrays.asList(true, false, null)),
        Arguments.of(
            "date",
            Arrays.asList(
                LocalDate.of(1970, 1, 1),
                LocalDate.of(-5877641 + 1, 1, 1),
                LocalDate.of(5881580 - 1, 12, 31),
                LocalDate.of(2024, 2, 29),
                null)),
        Arguments.of(
            "decimal",
            Arrays.asList(
                BigDecimal.ZERO,
                new BigDecimal("1.50"),
                new BigDecimal("-1E+2147483647"),
                new BigDecimal("9".repeat(500) + "." + "9".repeat(500)),
                null)),
        Arguments.of(
            "double",
            Arrays.asList(
                0.0,
                -0.0,
                Double.MIN_VALUE,
                Double.MAX_VALUE,
                Double.NaN,
                Double.NEGATIVE_INFINITY,
                Double.POSITIVE_INFINITY,
                null)),
        Arguments.of(
            "duration",
            Arrays.asList(
                CqlDuration.newInstance(0, 0, 0),
                CqlDuration.newInstance(Integer.MAX_VALUE, Integer.MAX_VALUE, Long.MAX_VALUE),
                CqlDuration.newInstance(-1, -2, -3),
                null)),
        Arguments.of(
            "float", Arrays.asList(0f, -0f, Float.MIN_VALUE, Float.MAX_VALUE, Float.NaN, null)),
        Arguments.of(
            "inet",
            Arrays.asList(
                InetAddress.getByName("127.0.0.1"),
                InetAddress.getByName("255.255.255.255"),
                InetAddress.getByName("::"),
                InetAddress.getByName("2001:db8::ff00:42:8329"),
                null)),
        Arguments.of("int", Arrays.asList(Integer.MIN_VALUE, -1, 0, 1, Integer.MAX_VALUE, null)),
        Arguments.of("smallint", Arrays.asList(Short.MIN_VALUE, (short) 0, Short.MAX_VALUE, null)),
        Arguments.of("text", Arrays.asList("", "Ἴλιον", "🐎".repeat(1000), "\u0000", null)),
        Arguments.of(
            "time",
            Arrays.asList(
                LocalTime.MIDNIGHT, LocalTime.MAX, LocalTime.of(13, 30, 54, 234_000_001), null)),
        Arguments.of(
            "timestamp",
            Arrays.asList(
                Instant.EPOCH,
                Instant.ofEpochMilli(-1),
                Instant.ofEpochMilli(Long.MIN_VALUE),
                Instant.ofEpochMilli(Long.MAX_VALUE),
                null)),
        Arguments.of("timeuuid", Arrays.asList(Uuids.timeBased(), Uuids.startOf(0), null)),
        Arguments.of(
            "tinyint", Arrays.asList(Byte.MIN_VALUE, (byte) -1, (byte) 0, Byte.MAX_VALUE, null)),
        Arguments.of(
            "uuid", Arrays.asList(UUID.randomUUID(), new UUID(0, 0), new UUID(-1, -1), null)),
        Arguments.of("varchar", Arrays.asList("also text", null)),
        Arguments.of(
            "varint",
            Arrays.asList(
                BigInteger.ZERO,
                BigInteger.valueOf(-128),
                BigInteger.valueOf(128),
                BigInteger.TWO.pow(2000).negate(),
                null)),
        Arguments.of("frozen<list<int>>", Arrays.asList(List.of(), List.of(1, 2, 1), null)),
        Arguments.of("frozen<set<text>>", Arrays.asList(Set.of(), Set.of("a", "b", ""), null)),
        Arguments.of(
            "frozen<map<int, text>>", Arrays.asList(Map.of(), Map.of(1, "a", -1, "b"), null)),
        Arguments.of(
            "frozen<map<text, frozen<list<frozen<set<int>>>>>>",
            Arrays.asList(
                Map.of("a", List.of(Set.of(1, 2), Set.of()), "b", List.<Set<Integer>>of()), null)),
        Arguments.of("vector<float, 3>", Arrays.asList(CqlVector.newInstance(1f, -2.5f, 0f), null)),
        Arguments.of(
            "vector<bigint, 2>",
            Arrays.asList(CqlVector.newInstance(Long.MIN_VALUE, Long.MAX_VALUE))));
  }

  /**
   * Writes the value of every type as prepared (and so typed by the server) and as simple statement
   * (typed by the driver), as regular column and in the key.
   */
  @ParameterizedTest
  @MethodSource("values")
  void thereAndBack(String type, List<Object> values) {
    String table = "t_" + Math.floorMod(type.hashCode(), 1_000_000);
    session.execute("CREATE TABLE " + table + " (k int PRIMARY KEY, v " + type + ")");
    var insert = session.prepare("INSERT INTO " + table + " (k, v) VALUES (?, ?)");
    TypeCodec<Object> codec =
        session
            .getContext()
            .getCodecRegistry()
            .codecFor(insert.getVariableDefinitions().get(1).getType());
    for (int k = 0; k < values.size(); k++) {
      Object value = values.get(k);
      session.execute(insert.boundStatementBuilder().setInt(0, k).set(1, value, codec).build());
      Row row = session.execute("SELECT v FROM " + table + " WHERE k = " + k).one();
      // The driver's codecs make an empty collection of null.
      assertThat(row.isNull(0) ? null : row.get(0, codec)).isEqualTo(value);
    }
    session.execute("DROP TABLE " + table);
  }

  @Test
  void asPartitionAndClusteringKeys() {
    session.execute(
        "CREATE TABLE by_all (a ascii, b bigint, c boolean, d date, e decimal, f double, g inet,"
            + " h timestamp, i timeuuid, j varint, k frozen<list<int>>,"
            + " PRIMARY KEY ((a, b, e), c, d, f, g, h, i, j, k))");
    var insert =
        session.prepare(
            "INSERT INTO by_all (a, b, c, d, e, f, g, h, i, j, k)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    Object[] key = {
      "key",
      42L,
      true,
      LocalDate.of(2026, 11, 21),
      new BigDecimal("-12.340"),
      -0.5,
      InetAddress.getLoopbackAddress(),
      Instant.ofEpochMilli(-1),
      Uuids.timeBased(),
      BigInteger.TEN.pow(30),
      List.of(3, 2, 1)
    };
    session.execute(insert.bind(key));
    Row row =
        session
            .execute(
                SimpleStatement.newInstance(
                    "SELECT a, b, c, d, e, f, g, h, i, j, k FROM by_all WHERE a = ? AND b = ?"
                        + " AND e = ? AND c = ? AND d = ? AND f = ? AND g = ? AND h = ? AND i = ?",
                    key[0],
                    key[1],
                    key[4],
                    key[2],
                    key[3],
                    key[5],
                    key[6],
                    key[7],
                    key[8]))
            .one();
    for (int i = 0; i < key.length; i++) {
      assertThat(row.getObject(i)).isEqualTo(key[i]);
    }
  }

  @Test
  void tuplesAndUserDefinedTypes() {
    session.execute("CREATE TYPE inner_type (x int, y frozen<set<text>>)");
    session.execute("CREATE TYPE outer_type (id uuid, parts frozen<list<frozen<inner_type>>>)");
    session.execute(
        "CREATE TABLE composed (k int PRIMARY KEY, t tuple<int, text, frozen<list<int>>>,"
            + " u outer_type, fu frozen<outer_type>)");
    var keyspace = session.refreshSchema().getKeyspace(KEYSPACE).orElseThrow();
    UserDefinedType inner = keyspace.getUserDefinedType("inner_type").orElseThrow();
    UserDefinedType outer = keyspace.getUserDefinedType("outer_type").orElseThrow();
    TupleValue tuple =
        DataTypes.tupleOf(DataTypes.INT, DataTypes.TEXT, DataTypes.frozenListOf(DataTypes.INT))
            .newValue(1, null, List.of(1, 2));
    UdtValue part = inner.newValue(5, Set.of("a", "b"));
    UdtValue whole = outer.newValue(UUID.randomUUID(), List.of(part, inner.newValue(null, null)));
    var insert = session.prepare("INSERT INTO composed (k, t, u, fu) VALUES (?, ?, ?, ?)");
    session.execute(insert.bind(1, tuple, whole, whole));
    Row row = session.execute("SELECT t, u, fu FROM composed WHERE k = 1").one();
    assertThat(row.getTupleValue("t").getFormattedContents())
        .isEqualTo(tuple.getFormattedContents());
    assertThat(row.getUdtValue("u").getFormattedContents()).isEqualTo(whole.getFormattedContents());
    assertThat(row.getUdtValue("fu").getFormattedContents())
        .isEqualTo(whole.getFormattedContents());

    // One field of the type that is not frozen changes by itself; null removes the whole.
    session.execute("UPDATE composed SET u.id = null WHERE k = 1");
    row = session.execute("SELECT u FROM composed WHERE k = 1").one();
    assertThat(row.getUdtValue("u").isNull("id")).isTrue();
    assertThat(row.getUdtValue("u").isNull("parts")).isFalse();
    session.execute(insert.bind(1, null, null, null));
    row = session.execute("SELECT t, u, fu FROM composed WHERE k = 1").one();
    assertThat(row.isNull("t") && row.isNull("u") && row.isNull("fu")).isTrue();
  }

  @Test
  void collectionsCellByCell() {
    session.execute(
        "CREATE TABLE multi (k int PRIMARY KEY, l list<text>, s set<int>, m map<text, bigint>)");
    var insert = session.prepare("INSERT INTO multi (k, l, s, m) VALUES (?, ?, ?, ?)");
    session.execute(insert.bind(1, List.of("b", "c"), Set.of(3, 1), Map.of("one", 1L)));
    session.execute("UPDATE multi SET l = ['a'] + l, s = s + {2}, m['two'] = 2 WHERE k = 1");
    session.execute(
        SimpleStatement.newInstance(
            "UPDATE multi SET l = l + ?, s = s - ?, m = m - ? WHERE k = 1",
            List.of("d"),
            Set.of(1),
            Set.of("one")));
    Row row = session.execute("SELECT * FROM multi WHERE k = 1").one();
    assertThat(row.getList("l", String.class)).containsExactly("a", "b", "c", "d");
    assertThat(row.getSet("s", Integer.class)).containsExactly(2, 3);
    assertThat(row.getMap("m", String.class, Long.class)).isEqualTo(Map.of("two", 2L));
    // An empty collection of cells is null on the way back; the driver makes it empty again.
    session.execute(insert.bind(1, List.of(), Set.of(), Map.of()));
    row = session.execute("SELECT * FROM multi WHERE k = 1").one();
    assertThat(row.isNull("l") && row.isNull("s") && row.isNull("m")).isTrue();
    assertThat(row.getList("l", String.class)).isEmpty();
  }

  @Test
  void unsetLeavesTheColumnAlone() {
    session.execute("CREATE TABLE unset (k int PRIMARY KEY, a int, b int)");
    session.execute("INSERT INTO unset (k, a, b) VALUES (1, 2, 3)");
    var insert = session.prepare("INSERT INTO unset (k, a, b) VALUES (?, ?, ?)");
    session.execute(insert.boundStatementBuilder().setInt(0, 1).setToNull(1).build());
    Row row = session.execute("SELECT a, b FROM unset WHERE k = 1").one();
    assertThat(row.isNull("a")).isTrue();
    assertThat(row.getInt("b")).isEqualTo(3);
  }
}
