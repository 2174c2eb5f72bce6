package io.ilion.conformance.durability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.ilion.conformance.client.DriverSession;
import io.ilion.conformance.server.ServerProcess;
import io.ilion.conformance.server.SmallDisk;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node on a disk of 32 MiB that is written full. */
class FullDiskTest {
  private static final int DISK_MEBIBYTES = 32;
  private static final int ROW_BYTES = 16 << 10;
  private static final int ATTEMPTS = 60;
  private static final String REFUSAL = "no space left";

  private SmallDisk disk;

  @BeforeEach
  void mount() throws Exception {
    disk = SmallDisk.ofMebibytes(DISK_MEBIBYTES);
    assumeTrue(disk != null, "this system lets nobody mount a small file system");
  }

  @AfterEach
  void unmount() throws Exception {
    if (disk != null) {
      disk.close();
    }
  }

  private ServerProcess start(String reserve) throws Exception {
    return ServerProcess.launchOn(
        disk.directory(),
        disk.command(ServerProcess.command(List.of())),
        List.of(
            "--memory", "512MiB",
            "--memtable-heap-space", "4MiB",
            "--commitlog-segment-size", "1MiB",
            "--commitlog-total-space", "8MiB",
            "--disk-free-reserve", reserve,
            "--auto-snapshot", "false",
            "--lanes", "2"));
  }

  private static ByteBuffer value(int key) {
    byte[] bytes = new byte[ROW_BYTES];
    new Random(key).nextBytes(bytes);
    return ByteBuffer.wrap(bytes);
  }

  private static void makeTables(CqlSession session) {
    session.execute(
        "CREATE KEYSPACE disk WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
    session.execute("CREATE TABLE disk.small (k int PRIMARY KEY, v text)");
    session.execute("CREATE TABLE disk.large (k int PRIMARY KEY, v blob)");
    for (int k = 0; k < 100; k++) {
      session.execute("INSERT INTO disk.small (k, v) VALUES (" + k + ", 'v" + k + "')");
    }
  }

  /** Writes until it is refused; returns how many rows were acknowledged. */
  private static int fill(CqlSession session) {
    PreparedStatement insert = session.prepare("INSERT INTO disk.large (k, v) VALUES (?, ?)");
    for (int k = 0; k < (DISK_MEBIBYTES << 20) / ROW_BYTES; k++) {
      try {
        session.execute(insert.bind(k, value(k)));
      } catch (DriverException e) {
        assertThat(e).hasMessageContaining(REFUSAL);
        return k;
      }
    }
    throw new AssertionError("more was acknowledged than the disk has");
  }

  private static void checkLarge(CqlSession session, int rows) {
    PreparedStatement select = session.prepare("SELECT v FROM disk.large WHERE k = ?");
    for (int k = 0; k < rows; k++) {
      Row row = session.execute(select.bind(k)).one();
      assertThat(row).as("row %d of %d", k, rows).isNotNull();
      assertThat(row.getByteBuffer(0)).as("row %d of %d", k, rows).isEqualTo(value(k));
    }
  }

  private static void checkSmall(CqlSession session) {
    assertThat(session.execute("SELECT k, v FROM disk.small").all())
        .hasSize(100)
        .allMatch(row -> ("v" + row.getInt(0)).equals(row.getString(1)));
  }

  private static void untilItIsTaken(CqlSession session, String statement) {
    for (int i = 0; i < ATTEMPTS; i++) {
      try {
        session.execute(statement);
        return;
      } catch (DriverException e) {
        LockSupport.parkNanos(250_000_000);
      }
    }
    session.execute(statement);
  }

  @Test
  void whatWasAcknowledgedOutlivesADiskWithoutASpareByte() throws Exception {
    Path ballast = disk.file("ballast");
    Files.write(ballast, new byte[6 << 20]);
    try (ServerProcess node = start("0MiB")) {
      int rows;
      try (CqlSession session = DriverSession.openAt(node.address())) {
        makeTables(session);
        rows = fill(session);
        assertThat(rows).isGreaterThan(200);
        checkLarge(session, rows);
        checkSmall(session);
        Files.delete(ballast);
        untilItIsTaken(session, "INSERT INTO disk.large (k, v) VALUES (-1, 0x01)");
      }
      node.kill();
      node.restart();
      try (CqlSession session = DriverSession.openAt(node.address())) {
        checkLarge(session, rows);
        checkSmall(session);
        session.execute("TRUNCATE disk.large");
        untilItIsTaken(session, "INSERT INTO disk.large (k, v) VALUES (1, 0x01)");
        assertThat(session.execute("SELECT k FROM disk.large").all()).hasSize(1);
      }
    }
  }

  @Test
  void withAReserveTheNodeStartsAgainOnTheFullDisk() throws Exception {
    try (ServerProcess node = start("6MiB")) {
      int rows;
      try (CqlSession session = DriverSession.openAt(node.address())) {
        makeTables(session);
        rows = fill(session);
        assertThat(rows).isGreaterThan(200);
      }
      node.kill();
      node.restart();
      try (CqlSession session = DriverSession.openAt(node.address())) {
        checkLarge(session, rows);
        checkSmall(session);
        session.execute("TRUNCATE disk.large");
        untilItIsTaken(session, "INSERT INTO disk.large (k, v) VALUES (1, 0x01)");
        assertThat(fill(session)).isGreaterThan(200);
        assertThatThrownBy(() -> fillMore(session)).isInstanceOf(DriverException.class);
      }
    }
  }

  private static void fillMore(CqlSession session) {
    PreparedStatement insert = session.prepare("INSERT INTO disk.large (k, v) VALUES (?, ?)");
    for (int k = 0; k < 1_000; k++) {
      session.execute(insert.bind(k, value(k)));
    }
  }
}
