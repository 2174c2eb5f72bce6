package io.ilion.server.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class ImportUploadsTest {
  private static final String NAME = "sstable-1.v1";

  private final SimulatedWorld world = new SimulatedWorld(1);
  private final SimulatedNode machine = world.addNode();
  private final NodeRuntime runtime = machine.start(1);
  private ImportUploads uploads = uploads();

  private ImportUploads uploads() {
    return new ImportUploads(
        machine.files(),
        "data/uploads",
        runtime.scheduler().blockingLane("uploads"),
        runtime.clock());
  }

  private <T> T await(CompletionStage<T> stage) {
    return world.await(stage);
  }

  private long append(String name, long offset, boolean isLast, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    CRC32C checksum = new CRC32C();
    checksum.update(bytes);
    return await(uploads.append("u", name, offset, checksum.getValue(), isLast, bytes));
  }

  @Test
  void piecesMakeAFileThatStaysWhenItIsWhole() throws IOException {
    assertThat(await(uploads.begin("u", 100))).isEmpty();
    assertThat(append(NAME, 0, false, "abc")).isEqualTo(3);
    assertThatThrownBy(() -> append(NAME, 4, false, "x")).hasMessageContaining("is not at 4");
    assertThat(append(NAME, 3, true, "def")).isEqualTo(6);
    append("sstable-2.v1", 0, false, "not whole");
    assertThat(await(uploads.list()).toString())
        .contains("files=1, completed_bytes=15, total_bytes=100, importing=false");
    assertThat(uploads.activity()).isEqualTo(new ImportUploads.Activity(1, 0, 15, 100, 15));
    assertThatThrownBy(() -> await(uploads.take("u", 1))).hasMessageContaining("of 1 files 1");

    uploads = uploads();
    assertThat(await(uploads.begin("u", 100))).isEqualTo(Map.of(NAME, 6L));
    assertThat(machine.files().list("data/uploads/u")).containsExactly(NAME);
    assertThatThrownBy(() -> await(uploads.take("u", 2))).hasMessageContaining("of 2 files 1");

    assertThat(await(uploads.take("u", 1))).isEqualTo("data/uploads/u");
    assertThat(uploads.activity()).isEqualTo(new ImportUploads.Activity(1, 1, 6, 100, 0));
    assertThatThrownBy(() -> append(NAME, 0, true, "x")).hasMessageContaining("being imported");
    assertThatThrownBy(() -> await(uploads.drop("u"))).hasMessageContaining("being imported");
    await(uploads.ended("u", false));
    assertThat(await(uploads.list())).hasSize(1);
    await(uploads.take("u", 1));
    await(uploads.ended("u", true));
    assertThat(await(uploads.list())).isEmpty();
    assertThat(uploads.activity()).isEqualTo(new ImportUploads.Activity(0, 0, 0, 0, 0));
    assertThat(machine.files().list("data/uploads")).isEmpty();
    assertThat(await(uploads.drop("u"))).isFalse();
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    await(uploads.begin("u", 100));
    assertThatThrownBy(() -> uploads.begin("../u", 1)).hasMessageContaining("cannot be the name");
    assertThatThrownBy(() -> append("../x", 0, true, "x")).hasMessageContaining("is no name");
    assertThatThrownBy(() -> uploads.append("u", NAME, 0, 1, true, new byte[] {1}))
        .hasMessageContaining("are not those of the checksum");
    assertThatThrownBy(() -> await(uploads.take("v", 1))).hasMessageContaining("no upload 'v'");
    assertThatThrownBy(() -> await(uploads.begin("w", Long.MAX_VALUE / 4)))
        .hasMessageContaining("needs twice the room");
  }

  @Test
  void aFileThatIsBegunAgainIsNotWholeAnyMore() {
    await(uploads.begin("u", 100));
    append(NAME, 0, true, "first");
    append(NAME, 0, false, "sec");
    assertThatThrownBy(() -> await(uploads.take("u", 1))).hasMessageContaining("of 1 files 0");
    append(NAME, 3, true, "ond");
    assertThat(await(uploads.begin("u", 100))).isEqualTo(Map.of(NAME, 6L));
  }

  @Test
  void aFileThatIsNotWholeIsBegunAgainWhileTheNodeRuns() throws IOException {
    await(uploads.begin("u", 100));
    append(NAME, 0, false, "cut o");
    append(NAME, 0, false, "cut off");
    assertThat(await(uploads.begin("u", 100))).isEmpty();
    machine.files().setFull(true);
    assertThatThrownBy(() -> append(NAME, 0, false, "no room")).hasMessageContaining("space");
    machine.files().setFull(false);
    append("sstable-2.v1", 0, false, "another first");
    append(NAME, 0, false, "who");
    append(NAME, 3, true, "le");
    assertThat(await(uploads.begin("u", 100))).isEqualTo(Map.of(NAME, 5L));
    assertThat(machine.files().list("data/uploads/u")).containsExactly(NAME);
  }
}
