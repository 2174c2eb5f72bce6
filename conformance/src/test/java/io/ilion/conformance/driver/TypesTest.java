package io.ilion.conformance.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.driver.PreparedStatement;
import io.ilion.driver.Row;
import io.ilion.driver.Session;
import io.ilion.driver.SimpleStatement;
import io.ilion.driver.codec.UdtValue;
import io.ilion.model.type.CqlDuration;
import io.ilion.protocol.ProtocolVersion;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag(Cluster.PEER)
class TypesTest {
  private static final String KEYSPACE = "own_driver_types";
  private static Session session;

  @BeforeAll
  static void connect() {
    session = Cluster.connect(KEYSPACE);
    session.execute("CREATE TYPE address (street_name text, zip int, phones set<text>)");
    session.execute(
        "CREATE TABLE everything (id int PRIMARY KEY, a ascii, b bigint, bl blob, bo boolean,"
            + " d date, de decimal, dou double, du duration, f float, i inet, s smallint, t text,"
            + " ti time, ts timestamp, tu timeuuid, ty tinyint, u uuid, v varint,"
            + " l list<int>, se set<text>, m map<text, frozen<list<int>>>,"
            + " tup tuple<int, text>, adr frozen<address>, adrs list<frozen<address>>,"
            + " vec vector<float, 3>, words vector<text, 2>)");
  }

  @AfterAll
  static void close() {
    session.close();
  }

  record Address(String streetName, int zip, Set<String> phones) {}

  record Tup(int number, String text) {}

  record Everything(
      int id,
      String a,
      long b,
      byte[] bl,
      boolean bo,
      LocalDate d,
      BigDecimal de,
      double dou,
      CqlDuration du,
      float f,
      InetAddress i,
      short s,
      String t,
      LocalTime ti,
      Instant ts,
      UUID tu,
      byte ty,
      UUID u,
      BigInteger v,
      List<Integer> l,
      Set<String> se,
      Map<String, List<Integer>> m,
      Tup tup,
      Address adr,
      List<Address> adrs,
      float[] vec,
      List<String> words) {}

  private static Everything sample(int id) throws Exception {
    Address address = new Address("Main", 12345, Set.of("1", "2"));
    return new Everything(
        id,
        "ascii",
        1L << 40,
        new byte[] {1, 2, 3},
        true,
        LocalDate.of(2020, 2, 29),
        new BigDecimal("12.3400"),
        -1.5,
        new CqlDuration(1, 2, 3),
        2.5f,
        InetAddress.getByName("10.1.2.3"),
        (short) -5,
        "t\u00e9xt",
        LocalTime.of(1, 2, 3, 4),
        Instant.ofEpochMilli(123456789L),
        UUID.fromString("50554d6e-29bb-11e5-b345-feff819cdc9f"),
        (byte) -1,
        UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        new BigInteger("-99999999999999999999"),
        List.of(3, 1, 2),
        Set.of("x", "y"),
        Map.of("k", List.of(1, 2)),
        new Tup(1, "one"),
        address,
        List.of(address, address),
        new float[] {1, 2, 3},
        List.of("a", "bb"));
  }

  @ParameterizedTest
  @EnumSource
  void everyTypeAsARecord(ProtocolVersion version) throws Exception {
    try (Session one = Cluster.builder().protocolVersion(version).keyspace(KEYSPACE).connect()) {
      PreparedStatement insert =
          one.prepare(
              "INSERT INTO everything (id, a, b, bl, bo, d, de, dou, du, f, i, s, t, ti, ts, tu,"
                  + " ty, u, v, l, se, m, tup, adr, adrs, vec, words) VALUES (?, ?, ?, ?, ?, ?, ?,"
                  + " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
      Everything sample = sample(version.number());
      one.execute(insert.bindRecord(sample));
      Row row = one.execute("SELECT * FROM everything WHERE id = ?", version.number()).one();
      assertThat(row.as(Everything.class)).usingRecursiveComparison().isEqualTo(sample);
      assertThat(row.getUdt("adr").get("street_name")).isEqualTo("Main");
      assertThat(row.getList("adrs", UdtValue.class)).hasSize(2);
      assertThat(row.getMap("m", String.class, List.class)).containsKey("k");
      assertThat(row.getSet("se", String.class)).containsExactlyInAnyOrder("x", "y");
      assertThat(row.toString()).contains("street_name: 'Main'");
    }
  }

  @Test
  void valuesWhoseTypesNobodyTold() {
    session.execute(
        SimpleStatement.of(
            "INSERT INTO everything (id, t, b, l, m, vec, ts) VALUES (?, ?, ?, ?, ?, ?, ?)",
            100,
            "text",
            5L,
            List.of(1, 2),
            Map.of("k", List.of(1)),
            new float[] {1, 2, 3},
            Instant.EPOCH));
    Row row = session.execute("SELECT * FROM everything WHERE id = 100").one();
    assertThat(row.getList("l", Integer.class)).containsExactly(1, 2);
    assertThat(row.isNull("se")).isTrue();
    assertThat(row.getInstant("ts")).isEqualTo(Instant.EPOCH);
  }
}
