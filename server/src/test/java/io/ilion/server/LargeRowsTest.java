package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.Consistency;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import io.ilion.server.config.Settings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Rows that are large beside the memory of nodes, read where nothing else is read. */
class LargeRowsTest {
  private static final int ROWS = 12;
  private static final int ROW_BYTES = 1 << 20;

  /** Parts of a read that come at once take each other's room, and it is given all the same. */
  @Test
  void aReadHasTheRoomOfItsParts() throws IOException {
    CoreCluster run = new CoreCluster(1, 3, 3, usual -> usual.with(Settings.MEMORY, 256L << 20));
    run.ask(0, "CREATE TABLE k.w (k int PRIMARY KEY, v text)", Consistency.ONE);
    run.ask(0, "CREATE TABLE k.l (k int, c int, v text, PRIMARY KEY (k, c))", Consistency.ONE);
    String value = "x".repeat(ROW_BYTES);
    for (int i = 0; i < ROWS; i++) {
      write(run, "INSERT INTO k.w (k, v) VALUES (%d, '%s')".formatted(i, value));
      write(run, "INSERT INTO k.l (k, c, v) VALUES (0, %d, '%s')".formatted(i, value));
    }
    String keys =
        IntStream.range(0, ROWS).mapToObj(String::valueOf).collect(Collectors.joining(","));
    for (String select :
        List.of(
            "SELECT * FROM k.w",
            "SELECT * FROM k.w WHERE k IN (" + keys + ")",
            "SELECT c, v FROM k.l WHERE k = 0",
            "SELECT c, v FROM k.l WHERE k IN (0, 1) AND c >= 0")) {
      long begun = run.world.nanos();
      assertThat(pages(run, select)).as(select).hasSize(ROWS).doesNotHaveDuplicates();
      assertThat(run.world.nanos() - begun).as(select).isLessThan(ROWS * CoreCluster.SECOND / 5);
      Response whole = run.ask(0, select, Consistency.QUORUM);
      assertThat(whole.toString()).as(select).contains("READ_FAILURE").contains("READ_SIZE");
    }
  }

  /** What an IN has collected before it goes on one by one does not count beside what it reads. */
  @Test
  void anInOfVeryLargeRowsHasRoomOneByOne() throws IOException {
    CoreCluster run = new CoreCluster(1, 3, 3, usual -> usual.with(Settings.MEMORY, 256L << 20));
    run.ask(0, "CREATE TABLE k.w (k int PRIMARY KEY, v text)", Consistency.ONE);
    for (int size = 2_000_000; size <= 3_200_000; size += 200_000) {
      String value = "x".repeat(size);
      for (int i = 0; i < 4; i++) {
        write(run, "INSERT INTO k.w (k, v) VALUES (%d, '%s')".formatted(i, value));
      }
      for (int i = 0; i < 10; i++) {
        QueryParameters parameters = QueryParameters.of(Consistency.QUORUM).withPaging(1_000, null);
        Response page =
            run.world.await(
                run.cores.get(i % 3).ask("SELECT * FROM k.w WHERE k IN (0, 1, 2, 3)", parameters));
        assertThat(page).isInstanceOf(Result.Rows.class);
        run.world.run(CoreCluster.SECOND);
      }
    }
  }

  /** Memtables are small, too: what they have no room for is written again when they have. */
  private static void write(CoreCluster run, String cql) {
    while (!(run.ask(0, cql, Consistency.ALL) instanceof Result.Void)) {
      run.world.run(CoreCluster.SECOND / 10);
    }
  }

  private static List<Integer> pages(CoreCluster run, String select) {
    List<Integer> keys = new ArrayList<>();
    byte[] state = null;
    do {
      QueryParameters parameters = QueryParameters.of(Consistency.QUORUM).withPaging(1_000, state);
      Response page = run.world.await(run.cores.get(0).ask(select, parameters));
      for (byte[][] row : SimulatedCore.rows(page)) {
        keys.add(ByteBuffer.wrap(row[0]).getInt());
      }
      state = ((Result.Rows) page).pagingState();
    } while (state != null);
    return keys;
  }
}
