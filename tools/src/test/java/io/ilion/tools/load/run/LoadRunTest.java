package io.ilion.tools.load.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ilion.tools.load.format.Chunk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

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

  @Test
  void whatWaitsInMemoryIsNotDone() throws Exception {
    LoadRun run =
        new LoadRun(
            null,
            new Window(1, 1, System::nanoTime),
            new RateLimit(0, System::nanoTime),
            Checkpoint.none(),
            new BadRecords(null, null, false),
            4,
            0,
            0);
    assertThat(run.doneOfRead()).isZero();
    run.admit(new Chunk(0, new byte[100], 0, 100, 0, 1, 1, null));
    run.admit(new Chunk(0, new byte[300], 0, 300, 100, 2, 1, null));
    assertThat(run.doneOfRead()).isZero();
    run.bytes.addAndGet(100);
    assertThat(run.doneOfRead()).isEqualTo(0.25);
  }
}
