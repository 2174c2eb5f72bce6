package io.ilion.conformance.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.driver.BatchStatement;
import io.ilion.driver.Page;
import io.ilion.driver.PreparedStatement;
import io.ilion.driver.QueryTrace;
import io.ilion.driver.RecordTable;
import io.ilion.driver.Result;
import io.ilion.driver.Row;
import io.ilion.driver.ServerException;
import io.ilion.driver.Session;
import io.ilion.driver.SimpleStatement;
import io.ilion.driver.Unset;
import io.ilion.driver.codec.CodecException;
import io.ilion.metrics.NodeFigures;
import io.ilion.metrics.RequestKind;
import io.ilion.metrics.SessionMetrics;
import io.ilion.model.ErrorCode;
import io.ilion.protocol.Compression;
import io.ilion.protocol.ProtocolVersion;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag(Cluster.PEER)
class StatementsTest {
  private static final String KEYSPACE = "own_driver_statements";
  private static Session session;

  @BeforeAll
  static void connect() {
    session = Cluster.connect(KEYSPACE);
    session.execute("CREATE TABLE kv (k int, c int, v text, PRIMARY KEY (k, c))");
    session.execute("CREATE TABLE counts (k int PRIMARY KEY, n counter)");
  }

  @AfterAll
  static void close() {
    session.close();
  }

  record Entry(int k, int c, String v) {}

  @Test
  void textWithValuesIsPrepared() {
    session.execute("INSERT INTO kv (k, c, v) VALUES (?, ?, ?)", 1, 1L, "one");
    assertThat(session.execute("SELECT * FROM kv WHERE k = ?", 1).as(Entry.class))
        .containsExactly(new Entry(1, 1, "one"));
  }

  @Test
  void simpleStatementsTakeValuesByPositionAndByName() {
    session.execute(SimpleStatement.of("INSERT INTO kv (k, c, v) VALUES (?, ?, ?)", 2, 1, "one"));
    session.execute(
        SimpleStatement.of("INSERT INTO kv (k, c, v) VALUES (:k, :c, :v)")
            .values(Map.of("k", 2, "c", 2, "v", "two")));
    assertThat(session.execute("SELECT v FROM kv WHERE k = 2").stream().map(r -> r.getString(0)))
        .containsExactly("one", "two");
  }

  @Test
  void preparedStatementsTakeValuesRecordsAndNothing() {
    PreparedStatement insert = session.prepare("INSERT INTO kv (k, c, v) VALUES (?, ?, ?)");
    assertThat(session.prepare("INSERT INTO kv (k, c, v) VALUES (?, ?, ?)")).isSameAs(insert);
    session.execute(insert.bindRecord(new Entry(3, 1, "record")));
    session.execute(insert.bindNamed(Map.of("k", 3, "c", 2, "v", "map")));
    session.execute(insert.bind(3, 1, Unset.UNSET));
    session.execute(insert.bind(3, 2, null));
    List<Row> rows = session.execute("SELECT * FROM kv WHERE k = 3").all();
    assertThat(rows.get(0).getString("v")).isEqualTo("record");
    assertThat(rows.get(1).isNull("v")).isTrue();
  }

  @Test
  void pagesAreIteratedStreamedAndTakenByHand() throws Exception {
    PreparedStatement insert = session.prepare("INSERT INTO kv (k, c, v) VALUES (4, ?, ?)");
    List<CompletableFuture<Page>> writes = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      writes.add(session.executeAsync(insert.bind(i, "v" + i)).toCompletableFuture());
    }
    writes.forEach(CompletableFuture::join);
    SimpleStatement select = SimpleStatement.of("SELECT c FROM kv WHERE k = 4").pageSize(70);
    int next = 0;
    for (Row row : session.execute(select)) {
      assertThat(row.getInt("c")).isEqualTo(next++);
    }
    assertThat(next).isEqualTo(1000);
    assertThat(session.execute(select).stream().mapToInt(row -> row.getInt(0)).sum())
        .isEqualTo(499_500);
    assertThat(session.execute(select).all()).hasSize(1000);
    assertThat(count(session.executeAsync(select)).toCompletableFuture().get()).isEqualTo(1000);
    byte[] state = session.execute(select).page().pagingState();
    assertThat(session.execute(select.pagingState(state)).one().getInt(0)).isEqualTo(70);
  }

  private static CompletionStage<Integer> count(CompletionStage<Page> asked) {
    return asked.thenCompose(
        page ->
            page.hasMore()
                ? count(page.next()).thenApply(rest -> rest + page.size())
                : CompletableFuture.completedFuture(page.size()));
  }

  @Test
  void batchesOfAllKinds() {
    PreparedStatement insert = session.prepare("INSERT INTO kv (k, c, v) VALUES (?, ?, ?)");
    session.execute(
        BatchStatement.logged(
            insert.bind(5, 1, "a"),
            SimpleStatement.of("INSERT INTO kv (k, c, v) VALUES (?, ?, ?)", 5, 2, "b")));
    session.execute(BatchStatement.unlogged(insert.bind(5, 3, "c")));
    PreparedStatement add = session.prepare("UPDATE counts SET n = n + ? WHERE k = ?");
    session.execute(BatchStatement.counter(add.bind(2L, 1), add.bind(3L, 1)));
    assertThat(session.execute("SELECT * FROM kv WHERE k = 5").all()).hasSize(3);
    assertThat(session.execute("SELECT n FROM counts WHERE k = 1").one().getLong(0)).isEqualTo(5);
  }

  @Test
  void conditionalStatementsTellWhetherTheyWereApplied() {
    String insert = "INSERT INTO kv (k, c, v) VALUES (6, 1, 'x') IF NOT EXISTS";
    assertThat(session.execute(insert).wasApplied()).isTrue();
    assertThat(session.execute(insert).wasApplied()).isFalse();
  }

  @Test
  void errorsHaveTheirCodesAndTheStackOfTheCaller() {
    assertThatThrownBy(() -> session.execute("SELECT * FROM missing"))
        .isInstanceOfSatisfying(
            ServerException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.INVALID);
              assertThat(e.getStackTrace()).anyMatch(f -> f.getClassName().contains("Statements"));
            });
    assertThatThrownBy(() -> session.execute("SELEC"))
        .isInstanceOfSatisfying(
            ServerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SYNTAX_ERROR));
  }

  @Test
  void tracesAndTimestamps() {
    Page page =
        session
            .execute(
                SimpleStatement.of("INSERT INTO kv (k, c, v) VALUES (7, 1, 'x')")
                    .timestamp(12345)
                    .tracing(true))
            .page();
    QueryTrace trace = session.trace(page.tracingId());
    assertThat(trace.id()).isEqualTo(page.tracingId());
    assertThat(trace.coordinator()).isEqualTo(page.node().address().getAddress());
    assertThat(trace.request()).isNotEmpty();
    assertThat(trace.parameters().get("query")).startsWith("INSERT INTO kv");
    assertThat(trace.duration()).isPositive();
    assertThat(trace.events())
        .isNotEmpty()
        .isSortedAccordingTo(Comparator.comparing(QueryTrace.Event::elapsed))
        .allSatisfy(
            event -> {
              assertThat(event.activity()).isNotEmpty();
              assertThat(event.thread()).isNotEmpty();
              assertThat(event.source()).isEqualTo(trace.coordinator());
            });
    assertThat(session.execute("SELECT writetime(v) FROM kv WHERE k = 7").one().getLong(0))
        .isEqualTo(12345);
  }

  /** Each node counts from when it heard of the request, so that says nothing of the order. */
  @Test
  void whatSeveralNodesDidIsInTheOrderOfTime() {
    UUID id = new UUID(0x1111, 0x8111L << 48);
    String[] sources = {"127.0.0.1", "127.0.0.2", "127.0.0.1"};
    int[] elapsed = {100, 3, 200};
    for (int i = 0; i < sources.length; i++) {
      session.execute(
          "INSERT INTO system_traces.events (session_id, event_id, activity, source,"
              + " source_elapsed, thread) VALUES (?, ?, ?, ?, ?, 'lane-0')",
          id,
          new UUID((long) i << 32 | 0x1000, id.getLeastSignificantBits()),
          "event " + i,
          InetAddress.ofLiteral(sources[i]),
          elapsed[i]);
    }
    session.execute(
        "INSERT INTO system_traces.sessions (session_id, request, coordinator, duration,"
            + " started_at) VALUES (?, 'Execute CQL3 query', '127.0.0.1', 300, 0)",
        id);
    assertThat(session.trace(id).events())
        .extracting(QueryTrace.Event::activity)
        .containsExactly("event 0", "event 1", "event 2");
  }

  @Test
  void warningsArriveWithTheResult() {
    Result result = session.execute("SELECT count(*) FROM kv");
    assertThat(result.warnings()).containsExactly("Aggregation query used without partition key");
    assertThat(session.execute("SELECT * FROM kv LIMIT 1").warnings()).isEmpty();
  }

  @Test
  void aStatementHasItsOwnKeyspaceAndTime() {
    int now = (int) (System.currentTimeMillis() / 1000);
    try (Session other = Cluster.builder().connect()) {
      SimpleStatement insert =
          SimpleStatement.of("INSERT INTO kv (k, c, v) VALUES (10, 1, 'x') USING TTL 1000");
      assertThatThrownBy(() -> other.execute(insert)).isInstanceOf(ServerException.class);
      other.execute(insert.keyspace(KEYSPACE));
      PreparedStatement select = other.prepare("SELECT ttl(v) FROM kv WHERE k = ?", KEYSPACE);
      assertThat(other.execute(select.bind(10).nowInSeconds(now + 600)).one().getInt(0))
          .isBetween(300, 500);
      assertThat(other.execute(select.bind(10).nowInSeconds(now + 2000)).one()).isNull();
    }
  }

  @Test
  void aColumnThatIsAddedShowsInWhatWasPrepared() {
    session.execute("CREATE TABLE growing (k int PRIMARY KEY, a int)");
    session.execute("INSERT INTO growing (k, a) VALUES (1, 2)");
    PreparedStatement select = session.prepare("SELECT * FROM growing WHERE k = ?");
    assertThat(session.execute(select.bind(1)).columns().names()).containsExactly("k", "a");
    session.execute("ALTER TABLE growing ADD b int");
    assertThat(session.execute(select.bind(1)).columns().names()).containsExactly("k", "a", "b");
    assertThat(session.execute(select.bind(1)).one().getInt("a")).isEqualTo(2);
  }

  @Test
  void useChangesTheKeyspaceOfTheSession() {
    try (Session other = Cluster.builder().connect()) {
      assertThatThrownBy(() -> other.execute("SELECT * FROM kv"))
          .isInstanceOf(ServerException.class);
      other.execute("USE " + KEYSPACE);
      assertThat(other.keyspace()).isEqualTo(KEYSPACE);
      other.execute("SELECT * FROM kv LIMIT 1");
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyVersionWithAndWithoutCompression(ProtocolVersion version) {
    for (Compression compression : List.of(Compression.NONE, Compression.LZ4)) {
      try (Session one =
          Cluster.builder()
              .protocolVersion(version)
              .compression(compression)
              .keyspace(KEYSPACE)
              .connect()) {
        String text = "long ".repeat(50_000);
        one.execute("INSERT INTO kv (k, c, v) VALUES (?, ?, ?)", 8, 1, text);
        assertThat(one.execute("SELECT * FROM kv WHERE k = 8").one().getString("v"))
            .isEqualTo(text);
      }
    }
  }

  @Test
  void virtualThreadsWaitForNothing() throws Exception {
    PreparedStatement insert = session.prepare("INSERT INTO kv (k, c, v) VALUES (9, ?, ?)");
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> writes = new ArrayList<>();
      for (int i = 0; i < 2000; i++) {
        int c = i;
        writes.add(threads.submit(() -> session.execute(insert.bind(c, "v"))));
      }
      for (Future<?> write : writes) {
        write.get();
      }
    }
    assertThat(session.execute("SELECT count(*) FROM kv WHERE k = 9").one().getLong(0))
        .isEqualTo(2000);
  }

  /** It takes some tens of milliseconds; the best of five, as others use the machine too. */
  @Test
  void connectingIsQuick() {
    Duration best = Duration.ofDays(1);
    for (int i = 0; i < 5; i++) {
      long start = System.nanoTime();
      try (Session other = Cluster.builder().connect()) {
        Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
        best = elapsed.compareTo(best) < 0 ? elapsed : best;
        assertThat(other.metadata().nodes()).hasSize(1);
        assertThat(other.metadata().table("system", "local")).isPresent();
      }
    }
    assertThat(best).isLessThan(Duration.ofMillis(400));
  }

  record Book(String writer, int year, UUID bookId, Set<String> keyWords) {}

  @Test
  void tablesOfRecords() throws Exception {
    session.execute(
        "CREATE TABLE book (writer text, year int, \"bookId\" uuid, key_words set<text>,"
            + " other int, PRIMARY KEY (writer, year, \"bookId\"))");
    RecordTable<Book> books = session.table("book", Book.class);
    Book iliad = new Book("Homer", -750, UUID.randomUUID(), Set.of("war"));
    Book odyssey = new Book("Homer", -730, UUID.randomUUID(), null);
    books.insert(iliad);
    books.insertAsync(odyssey).toCompletableFuture().get();
    assertThat(books.find("Homer", -750, iliad.bookId())).isEqualTo(iliad);
    assertThat(books.findAll("Homer")).containsExactly(iliad, odyssey);
    assertThat(books.findAll("Homer", -730)).containsExactly(odyssey);
    books.delete("Homer", -750, iliad.bookId());
    assertThat(books.find("Homer", -750, iliad.bookId())).isNull();
    session.execute(BatchStatement.logged(books.inserting(iliad), books.inserting(odyssey)));
    assertThat(session.table(KEYSPACE + ".book", Book.class).findAll("Homer")).hasSize(2);
    assertThatThrownBy(() -> session.table("kv", Book.class)).isInstanceOf(CodecException.class);
    assertThatThrownBy(() -> session.table("none", Book.class))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatTheDriverDoesIsCounted() {
    SessionMetrics metrics = new SessionMetrics();
    try (Session counted = Cluster.builder().metrics(metrics).listener(metrics).connect()) {
      counted.execute("SELECT key FROM system.local");
      assertThatThrownBy(() -> counted.execute("SELEC")).isInstanceOf(ServerException.class);
      counted.execute("SELECT * FROM system.local WHERE key = ?", "local");
      assertThat(metrics.requests(RequestKind.SIMPLE).count()).isEqualTo(2);
      assertThat(metrics.requests(RequestKind.SIMPLE).errors())
          .isEqualTo(Map.of("syntax_error", 1L));
      assertThat(metrics.requests(RequestKind.BOUND).count()).isEqualTo(1);
      assertThat(metrics.requests(RequestKind.PREPARE).failures()).isZero();
      NodeFigures node = metrics.nodes().get(0);
      assertThat(node.node()).isEqualTo(counted.metadata().nodes().get(0));
      assertThat(node.answers().count()).isEqualTo(4);
      assertThat(node.answers().percentile(50)).isPositive();
      assertThat(node.connectionsOpened()).isPositive();
      assertThat(metrics.prometheus())
          .contains(
              "ilion_driver_request_errors_total{kind=\"simple\",error=\"syntax_error\"} 1\n");
    }
  }
}
