package io.ilion.tools.load.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ilion.tools.load.format.Chunk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class LoadRunTest {
  @Test
  void aFullDiskIsNamed() {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "there is no /dev/full");
    BadRecords records = new BadRecords(full, null, false);
    assertThatThrownBy(
            () -> records.write(List.of(new BadRecords.Bad("f", 1, null, "r", new byte[1])), null))
        .hasMessage("bad records: /dev/full: No space left on device");
  }

  private static LoadRun run(Checkpoint checkpoint, BadRecords bad) {
    return new LoadRun(
        null,
        new Window(1, 1, System::nanoTime),
        new RateLimit(0, System::nanoTime),
        checkpoint,
        bad,
        1000,
        2,
        2);
  }

  private static Chunk chunk(int start, int length) {
    return new Chunk(0, new byte[length], 0, length, start, 1, 1, null);
  }

  /** Waiting for an answer costs the same time for a small file as for a large one. */
  @Test
  @Timeout(20)
  void manySmallFilesAreUnderWayAtOnce() throws Exception {
    LoadRun run = run(Checkpoint.none(), new BadRecords(null, null, false));
    for (int i = 0; i < 100; i++) {
      run.admit(chunk(0, 1));
    }
    Thread second = Thread.ofVirtual().start(() -> admit(run, chunk(0, 1000)));
    assertThat(second.join(Duration.ofMillis(20))).as("there is room for a large one").isFalse();
    for (int i = 0; i < 100; i++) {
      run.release(chunk(0, 1));
    }
    second.join();
  }

  private static void admit(LoadRun run, Chunk chunk) {
    try {
      run.admit(chunk);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A process can be killed between any two of these writes, and in them. */
  @Test
  void aBadRecordIsKeptOnceWhereverALoadEnds(@TempDir Path folder) throws Exception {
    Path checkpoint = folder.resolve("checkpoint");
    Path bad = folder.resolve("bad.csv");
    Path reasons = folder.resolve("errors.jsonl");
    load(checkpoint, bad, reasons, 0);
    List<Long> ends = List.of(Files.size(checkpoint), Files.size(bad), Files.size(reasons));
    load(checkpoint, bad, reasons, 1);
    Map<Path, byte[]> whole = new LinkedHashMap<>();
    for (Path file : List.of(bad, reasons, checkpoint)) {
      whole.put(file, Files.readAllBytes(file));
    }
    for (int step = 0; step < 6; step++) {
      // They are written in this order: what follows is as it was before the second chunk.
      int at = 0;
      for (Map.Entry<Path, byte[]> each : whole.entrySet()) {
        int before = Math.toIntExact(ends.get((at + 1) % 3));
        int after = each.getValue().length;
        int length = step > 2 * at + 1 ? after : step < 2 * at ? before : (before + after) / 2;
        Files.write(each.getKey(), Arrays.copyOf(each.getValue(), length));
        at++;
      }
      try (Checkpoint found = Checkpoint.open(checkpoint, "abc", false)) {
        assertThat(found.watermark(0, 0)).as("step %d", step).containsExactly(10, 2);
        assertThat(found.badBefore()).isEqualTo(1);
      }
      load(checkpoint, bad, reasons, 1);
      assertThat(Files.readAllLines(bad)).as("step %d", step).containsExactly("h", "0", "1");
      assertThat(Files.readAllLines(reasons)).as("step %d", step).hasSize(2);
    }
  }

  /** A load of one chunk, with one bad record in it. */
  private static void load(Path checkpoint, Path bad, Path reasons, int index) throws Exception {
    try (Checkpoint file = Checkpoint.open(checkpoint, "abc", false);
        BadRecords records = new BadRecords(bad, reasons, false)) {
      records.cut(file.badLengths());
      LoadRun run = run(file, records);
      Chunk chunk = chunk(10 * index, 10);
      run.admit(chunk);
      chunk.bytes()[0] = (byte) ('0' + index);
      FilePlan plan =
          new FilePlan(
              "f", null, null, null, null, null, null, null, null, null, 0, new byte[] {'h'});
      ChunkState state = new ChunkState(run, chunk, plan, new RowBuffer(16, null));
      state.bad(0, 1, null, "it is bad", true);
      state.end();
      assertThat(run.failure()).isNull();
    }
  }

  @Test
  void whatWaitsInMemoryIsNotDone() throws Exception {
    LoadRun run = run(Checkpoint.none(), new BadRecords(null, null, false));
    assertThat(run.doneOfRead()).isZero();
    run.admit(new Chunk(0, new byte[100], 0, 100, 0, 1, 1, null));
    run.admit(new Chunk(0, new byte[300], 0, 300, 100, 2, 1, null));
    assertThat(run.doneOfRead()).isZero();
    run.settle(100);
    assertThat(run.doneOfRead()).isEqualTo(0.25);
  }
}
