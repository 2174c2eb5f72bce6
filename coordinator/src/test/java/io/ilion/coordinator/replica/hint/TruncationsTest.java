package io.ilion.coordinator.replica.hint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.gossip.messaging.Payload;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.Files;
import io.ilion.runtime.WholeFile;
import io.ilion.runtime.simulated.SimulatedWorld;
import java.io.IOException;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The file that says which hints are older than a truncation of their table. */
class TruncationsTest {
  private static final UUID TABLE = new UUID(1, 2);
  private static final UUID OTHER = new UUID(3, 4);

  private final Files files = new SimulatedWorld(1).addNode().start(1).files();

  @BeforeEach
  void makeDirectory() throws IOException {
    files.createDirectories("hints");
  }

  private void write(int... head) throws IOException {
    ByteSink out = new ByteSink();
    for (int word : head) {
      out.writeInt(word);
    }
    Payload.writeUuid(out, TABLE);
    out.writeLong(7);
    new WholeFile(files, "hints", "truncated").write(out.toByteArray());
  }

  @Test
  void whatWasAddedIsThereAfterAStart() throws IOException {
    Truncations.open(files, "hints").add(TABLE, 7, 1);
    Truncations.open(files, "hints").add(OTHER, 9, 1);
    Truncations again = Truncations.open(files, "hints");
    assertThat(again.concerns(TABLE, 6)).isTrue();
    assertThat(again.concerns(TABLE, 7)).isFalse();
    assertThat(again.concerns(OTHER, 8)).isTrue();
  }

  @Test
  void aFileWithoutAVersionIsReadAndGetsOne() throws IOException {
    write(0x494C_4855, 1);
    Truncations old = Truncations.open(files, "hints");
    assertThat(old.concerns(TABLE, 6)).isTrue();
    assertThat(old.concerns(TABLE, 7)).isFalse();
    old.add(OTHER, 9, 1);
    assertThat(new WholeFile(files, "hints", "truncated").read().getLong())
        .isEqualTo(0x494C_4856_0000_0001L);
    assertThat(Truncations.open(files, "hints").concerns(TABLE, 6)).isTrue();
  }

  @Test
  void aFileOfALaterVersionIsNotGuessedAt() throws IOException {
    write(0x494C_4856, 2, 1);
    assertThatThrownBy(() -> Truncations.open(files, "hints"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("hints/truncated is of version 2, which a later release wrote");
  }

  @Test
  void aFileOfAnotherLengthThanItSaysIsRefused() throws IOException {
    write(0x494C_4856, 1, 2);
    assertThatThrownBy(() -> Truncations.open(files, "hints"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("hints/truncated does not say which tables were truncated");
  }
}
