package io.ilion.conformance.realdata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import io.ilion.conformance.client.DriverSession;
import io.ilion.conformance.server.ServerProcess;
import io.ilion.conformance.server.ServerUnderTest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Loads Debian's package index, asks of every table what it was made for, then kills the node in
 * the middle of a second wave of writes, starts it again and compares every acknowledged row. With
 * {@code -Dilion.target} the node is not ours to kill, and only the first half runs.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RealDataTest {
  private static final int LEAST_RECORDS = 50_000;
  private static final int KILL_AFTER = 60_000;
  private static final String SECOND_WAVE = "+ilion1";

  private List<DebianPackage> packages;
  private ServerProcess server;
  private CqlSession session;
  private PackageTables tables;

  @BeforeAll
  void load() throws IOException, InterruptedException {
    packages = PackageIndex.read();
    assertThat(packages.size())
        .as("records of Debian's package index (.ci/run fetches it with apt-get update)")
        .isGreaterThanOrEqualTo(LEAST_RECORDS);
    if (System.getProperty("ilion.target") == null) {
      server = ServerProcess.start();
    }
    session = open();
    tables = PackageTables.create(session);
    Flight flight = new Flight(session);
    for (DebianPackage p : packages) {
      for (BoundStatement statement : tables.load(p)) {
        flight.send(statement, answer -> {});
      }
    }
    assertThat(flight.land()).isNull();
  }

  @AfterAll
  void close() {
    if (session != null) {
      if (server == null) {
        session.execute("DROP KEYSPACE IF EXISTS " + PackageTables.KEYSPACE);
      }
      session.close();
    }
    if (server != null) {
      server.close();
    }
  }

  private CqlSession open() {
    InetSocketAddress address = server == null ? ServerUnderTest.address() : server.address();
    return DriverSession.openAt(address);
  }

  @Test
  @Order(1)
  void everyPackageIsFoundByItsName() throws InterruptedException {
    Flight flight = new Flight(session);
    ConcurrentHashMap<String, String> differences = new ConcurrentHashMap<>();
    for (DebianPackage p : packages) {
      flight.send(
          tables.select(p),
          answer -> {
            Row row = answer.one();
            DebianPackage found = row == null ? null : PackageTables.read(row);
            if (!p.equals(found)) {
              differences.put(p.name(), "expected " + p + "\nbut found " + found);
            }
          });
    }
    assertThat(flight.land()).isNull();
    assertThat(differences).isEmpty();
  }

  @Test
  @Order(2)
  void aScanFindsEveryPackageOnce() {
    assertThat(scan()).isEqualTo(byKey(packages));
  }

  @Test
  @Order(3)
  void theMaintainersPackagesAreInOrder() {
    Map<String, List<DebianPackage>> byEmail = new HashMap<>();
    packages.forEach(
        p -> byEmail.computeIfAbsent(p.maintainer().email(), e -> new ArrayList<>()).add(p));
    var select =
        session.prepare(
            "SELECT name, version, section, snapshot FROM debian.packages_by_maintainer"
                + " WHERE email = ?");
    byEmail.entrySet().stream()
        .sorted(Comparator.comparingInt(e -> -e.getValue().size()))
        .limit(20)
        .forEach(
            entry -> {
              List<String> expected =
                  entry.getValue().stream()
                      .sorted(
                          Comparator.comparing(DebianPackage::name)
                              .thenComparing(DebianPackage::version))
                      .map(p -> p.name() + " " + p.version() + " " + p.section() + p.snapshot())
                      .toList();
              List<String> found = new ArrayList<>();
              for (Row row : session.execute(select.bind(entry.getKey()).setPageSize(500))) {
                found.add(
                    row.getString(0)
                        + " "
                        + row.getString(1)
                        + " "
                        + row.getString(2)
                        + row.getLocalDate(3));
              }
              assertThat(found).as(entry.getKey()).isEqualTo(expected);
            });
  }

  @Test
  @Order(4)
  void theLargestPackagesOfASectionComeFirst() {
    String section = "games";
    List<Long> expected =
        packages.stream()
            .filter(p -> p.section().equals(section))
            .map(DebianPackage::sizeBytes)
            .sorted(Comparator.reverseOrder())
            .toList();
    var all =
        SimpleStatement.newInstance(
            "SELECT size_bytes FROM debian.packages_by_section WHERE section = ?", section);
    List<Long> found = new ArrayList<>();
    session.execute(all).forEach(row -> found.add(row.getLong(0)));
    assertThat(found).isEqualTo(expected);
    long least = 100_000_000;
    var large =
        SimpleStatement.newInstance(
            "SELECT size_bytes FROM debian.packages_by_section"
                + " WHERE section = ? AND size_bytes >= ?",
            section,
            least);
    assertThat(session.execute(large).all())
        .hasSize((int) expected.stream().filter(size -> size >= least).count());
  }

  @Test
  @Order(5)
  void whatDependsOnAPackage() {
    for (String needed : List.of("libc6", "python3", "perl", "zlib1g")) {
      long expected = packages.stream().filter(p -> p.needs().contains(needed)).count();
      Row row =
          session
              .execute(
                  SimpleStatement.newInstance(
                      "SELECT count(*) FROM debian.dependents WHERE needed = ?", needed))
              .one();
      assertThat(row.getLong(0)).as(needed).isEqualTo(expected).isPositive();
    }
  }

  @Test
  @Order(6)
  void theCountersOfEverySection() {
    assertCounters();
  }

  private void assertCounters() {
    assertThat(counters()).isEqualTo(totals(packages));
  }

  private Map<String, List<Long>> counters() {
    Map<String, List<Long>> found = new TreeMap<>();
    for (Row row : session.execute("SELECT * FROM debian.totals_by_section")) {
      found.put(row.getString("section"), List.of(row.getLong("packages"), row.getLong("bytes")));
    }
    return found;
  }

  /** What the counters of every section should be once these have been counted. */
  private static Map<String, List<Long>> totals(Collection<DebianPackage> counted) {
    Map<String, List<Long>> totals = new TreeMap<>();
    for (DebianPackage p : counted) {
      totals.merge(
          p.section(),
          List.of(1L, p.sizeBytes()),
          (a, b) -> List.of(a.get(0) + b.get(0), a.get(1) + b.get(1)));
    }
    return totals;
  }

  @Test
  @Order(7)
  void nothingAcknowledgedIsLost() throws IOException, InterruptedException {
    assumeTrue(server != null, "the target is not ours to kill");
    // Another version of every package is written until the node dies in the middle of it.
    Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    Set<PackageTables.Write> acknowledgedByQuery = ConcurrentHashMap.newKeySet();
    Queue<DebianPackage> counted = new ConcurrentLinkedQueue<>();
    AtomicInteger answers = new AtomicInteger();
    AtomicReference<Thread> killer = new AtomicReference<>();
    Flight flight = new Flight(session);
    Runnable answered =
        () -> {
          if (answers.incrementAndGet() == KILL_AFTER) {
            killer.set(Thread.ofPlatform().start(server::kill));
          }
        };
    List<DebianPackage> second =
        packages.stream().map(p -> p.withVersion(p.version() + SECOND_WAVE)).toList();
    List<DebianPackage> sent = new ArrayList<>();
    boolean going = true;
    for (DebianPackage p : second) {
      sent.add(p);
      going =
          flight.send(
              tables.insert(p),
              answer -> {
                acknowledged.add(key(p));
                answered.run();
              });
      for (PackageTables.Write write : tables.byQuery(p)) {
        going &=
            flight.send(
                write.statement(),
                answer -> {
                  acknowledgedByQuery.add(write);
                  answered.run();
                });
      }
      going &=
          flight.send(
              tables.count(p),
              answer -> {
                counted.add(p);
                answered.run();
              });
      if (!going) {
        break;
      }
    }
    assertThat(flight.land()).as("the node was killed, so requests fail").isNotNull();
    killer.get().join();
    assertThat(going).as("the node was killed while there was more to write").isFalse();
    assertThat(answers.get()).isGreaterThanOrEqualTo(KILL_AFTER);
    session.close();
    server.restart();
    session = open();
    tables = PackageTables.open(session);

    Map<String, DebianPackage> found = scan();
    Map<String, DebianPackage> first = byKey(packages);
    Map<String, DebianPackage> written = byKey(second);
    Set<String> lost = new HashSet<>();
    first.forEach((key, p) -> lostUnless(p.equals(found.remove(key)), key, lost));
    acknowledged.forEach(key -> lostUnless(written.get(key).equals(found.remove(key)), key, lost));
    assertThat(lost).isEmpty();
    // A write without an answer is there whole or not at all.
    found.forEach((key, p) -> assertThat(p).isEqualTo(written.get(key)));
    assertRowsByQuery(acknowledgedByQuery, sent);
    assertCountersBetween(counted, sent);
  }

  /**
   * Every row of the first wave, those of the second that were acknowledged, none but sent ones.
   */
  private void assertRowsByQuery(
      Set<PackageTables.Write> acknowledged, Collection<DebianPackage> sent) {
    for (String table : PackageTables.BY_QUERY.keySet()) {
      Set<List<Object>> due = new HashSet<>(rowsOf(table, packages));
      acknowledged.stream().filter(w -> w.table().equals(table)).forEach(w -> due.add(w.row()));
      Set<List<Object>> possible = new HashSet<>(rowsOf(table, sent));
      possible.addAll(due);
      Set<List<Object>> found = PackageTables.rows(session, table);
      due.removeAll(found);
      assertThat(due).as("lost from " + table).isEmpty();
      found.removeAll(possible);
      assertThat(found).as("never written into " + table).isEmpty();
    }
  }

  private List<List<Object>> rowsOf(String table, Collection<DebianPackage> of) {
    return of.stream()
        .flatMap(p -> tables.byQuery(p).stream())
        .filter(write -> write.table().equals(table))
        .map(PackageTables.Write::row)
        .toList();
  }

  /** An increment without an answer has counted once or not at all. */
  private void assertCountersBetween(
      Collection<DebianPackage> counted, Collection<DebianPackage> sent) {
    List<DebianPackage> least = new ArrayList<>(packages);
    List<DebianPackage> most = new ArrayList<>(packages);
    least.addAll(counted);
    most.addAll(sent);
    Map<String, List<Long>> leasts = totals(least);
    Map<String, List<Long>> mosts = totals(most);
    Map<String, List<Long>> found = counters();
    assertThat(found.keySet()).isEqualTo(mosts.keySet());
    found.forEach(
        (section, totals) -> {
          for (int i = 0; i < totals.size(); i++) {
            assertThat(totals.get(i))
                .as(section)
                .isBetween(leasts.get(section).get(i), mosts.get(section).get(i));
          }
        });
  }

  private static void lostUnless(boolean found, String key, Set<String> lost) {
    if (!found) {
      lost.add(key);
    }
  }

  private Map<String, DebianPackage> scan() {
    Map<String, DebianPackage> found = new HashMap<>();
    var select = SimpleStatement.newInstance("SELECT * FROM debian.packages").setPageSize(1000);
    for (Row row : session.execute(select)) {
      DebianPackage p = PackageTables.read(row);
      assertThat(found.put(key(p), p)).as("a second %s", key(p)).isNull();
    }
    return found;
  }

  private static Map<String, DebianPackage> byKey(List<DebianPackage> packages) {
    Map<String, DebianPackage> byKey = new HashMap<>();
    packages.forEach(p -> byKey.put(key(p), p));
    return byKey;
  }

  private static String key(DebianPackage p) {
    return p.name() + " " + p.version();
  }
}
