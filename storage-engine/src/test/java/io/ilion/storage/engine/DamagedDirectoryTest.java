package io.ilion.storage.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.simulated.SimulatedFiles;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.TextSink;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * One byte of all that an engine has on disk is another one: it says so, at the start or when it
 * reads what needs the byte, and else answers as ever, also after a compaction of everything.
 *
 * <p>{@code -Dilion.soak=true} tries each byte, not only some of those of tables and the log.
 */
class DamagedDirectoryTest {
  private static final UUID TABLE = new UUID(7, 8);

  private final SimulatedWorld world = new SimulatedWorld(1);
  private final SimulatedNode node = world.addNode();
  private final SimulatedFiles files = node.files();
  private final Random random = new Random(5);
  private Engine engine;
  private Throwable fatal;

  private void open() throws IOException {
    NodeRuntime runtime = node.start(2);
    engine = Engine.open(SmallEngines.config(256 << 10, 0), runtime, cause -> fatal = cause);
  }

  private void write(int from, int to) {
    for (int i = from; i < to; i++) {
      byte[] key = {(byte) (i % 7)};
      UpdateWriter writer = new UpdateWriter().begin(TABLE, key);
      if (i % 11 == 3) {
        writer.partitionDeletion(i, 1_000);
      }
      if (i % 5 == 0) {
        writer.rowWriter().cell(9, null, i, 0, 0, new byte[] {(byte) i});
        writer.staticRow();
      }
      if (i % 4 == 1) {
        writer.rangeDeletion(row(i % 12), row(i % 12 + 3), i, 1_000);
      }
      writer.rowWriter().liveness(i).cell(1, null, i, 0, 0, new byte[] {1, (byte) i});
      writer.row(row(i + 2));
      SmallEngines.apply(world, engine, Murmur3.token(key), writer.toByteArray());
    }
  }

  private static byte[] row(int i) {
    return new byte[] {0x20, (byte) (i % 16)};
  }

  /** What is there, line by line; null if a read fails. */
  private List<String> read() {
    List<String> lines = new ArrayList<>();
    for (int lane = 0; lane < 2; lane++) {
      TextSink sink = new TextSink();
      engine.lane(lane).read(ReadCommand.range(TABLE, PartitionRange.ALL, Slices.ALL), sink);
      world.until(sink::isOver);
      if (sink.failure() != null) {
        return null;
      }
      lines.addAll(sink.lines());
    }
    for (byte key = 0; key < 7; key++) {
      byte[] partition = {key};
      long token = Murmur3.token(partition);
      TextSink sink = new TextSink();
      engine
          .lane(engine.laneOf(token))
          .read(ReadCommand.partition(TABLE, partition, token, Slices.ALL, true), sink);
      world.until(sink::isOver);
      if (sink.failure() != null) {
        return null;
      }
      lines.addAll(sink.lines());
    }
    return lines;
  }

  /** Two runs: files of both lanes, something discarded, and what is only in the log. */
  private void fill(boolean closes) throws IOException {
    files.createDirectories("n");
    open();
    world.await(engine.putTable(SmallEngines.table(TABLE, 1_000_000_000)));
    write(0, 30);
    world.await(engine.flush(TABLE));
    write(30, 40);
    world.await(engine.closeAsync());
    open();
    world.await(engine.flush(TABLE));
    write(40, 55);
    if (closes) {
      world.await(engine.closeAsync());
    } else {
      node.kill();
    }
  }

  private Map<String, byte[]> contents() {
    Map<String, byte[]> contents = new TreeMap<>();
    files.paths().forEach(path -> contents.put(path, files.bytes(path)));
    return contents;
  }

  private void restore(Map<String, byte[]> contents) throws IOException {
    node.kill();
    node.start(2);
    for (String path : files.paths()) {
      files.delete(path);
    }
    contents.forEach(files::setBytes);
  }

  /** What a start finds; null if it, or a read, says that something is wrong. */
  private List<String> found() throws IOException {
    try {
      open();
    } catch (IOException | RuntimeException e) {
      return null;
    }
    List<String> found = read();
    if (found != null) {
      // Nor does a compaction spread what is damaged; it may well fail.
      boolean[] ended = new boolean[1];
      engine.compact(TABLE).whenComplete((done, failure) -> ended[0] = true);
      world.until(() -> ended[0]);
      List<String> compacted = read();
      assertThat(compacted == null || compacted.equals(found)).isTrue();
    }
    return found;
  }

  private List<String> withoutLastByteOfLog(Map<String, byte[]> whole) throws IOException {
    restore(whole);
    String log = files.paths().stream().filter(p -> p.contains("commitlog-")).toList().getLast();
    files.corrupt(log, whole.get(log).length - 1, 1);
    List<String> found = found();
    assertThat(found).isNotNull();
    return found;
  }

  private void damage(boolean closes) throws IOException {
    fill(closes);
    Map<String, byte[]> whole = contents();
    List<String> expected = found();
    assertThat(expected).isNotNull();
    List<String> withoutLastWrite = withoutLastByteOfLog(whole);
    TreeSet<String> kinds = new TreeSet<>();
    for (Map.Entry<String, byte[]> file : whole.entrySet()) {
      byte[] bytes = file.getValue();
      String kind = file.getKey().replaceAll(".*/([a-z]+).*", "$1");
      kinds.add(kind);
      int step = Boolean.getBoolean("ilion.soak") || kind.equals("manifest") ? 1 : 5;
      for (int at = 0; at < bytes.length; at += 1 + random.nextInt(step)) {
        byte[] damaged = bytes.clone();
        damaged[at] ^= (byte) (1 + random.nextInt(255));
        restore(whole);
        files.setBytes(file.getKey(), damaged);
        List<String> found = found();
        // Only the last group of a log that was not closed cannot be told from a torn one.
        boolean mayBeTorn = !closes && kind.equals("commitlog");
        if (found != null && !(mayBeTorn && found.equals(withoutLastWrite))) {
          assertThat(found)
              .describedAs("byte %d of %d of %s", at, bytes.length, file.getKey())
              .isEqualTo(expected);
        }
      }
    }
    assertThat(kinds).contains("manifest", "sstable", "commitlog");
    assertThat(fatal).isNull();
  }

  @Test
  void anOtherByteIsToldOrMakesNoDifference() throws IOException {
    damage(true);
  }

  @Test
  void anOtherByteIsToldOrMakesNoDifferenceAfterAKill() throws IOException {
    damage(false);
  }
}
