package io.ilion.storage.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.simulated.SimulatedFiles;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.TableOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ManifestTest {
  private final SimulatedNode node = new SimulatedWorld(1).addNode();
  private final SimulatedFiles files = node.files();
  private final List<Throwable> fatal = new ArrayList<>();
  private Manifest manifest;

  @BeforeEach
  void begin() throws IOException {
    files.createDirectories("n");
    open();
  }

  private void open() throws IOException {
    manifest = Manifest.open(files, "n", fatal::add);
  }

  private static List<ManifestEdit> table(int number) {
    return List.of(
        new ManifestEdit.PutTable(
            new TableOptions(new UUID(0, number), "t-" + number, 0, 0.01, Map.of(), Map.of(), 1)));
  }

  private int tables() {
    return manifest.read(state -> state.tables.size());
  }

  private String path() {
    return "n/" + files.list("n").getFirst();
  }

  @Test
  void whatWasSaidSurvivesThePower() throws IOException {
    for (int i = 0; i < 20; i++) {
      manifest.edit(table(i));
      node.crash();
      open();
      assertThat(tables()).isEqualTo(i + 1);
      long run = manifest.read(state -> state.run);
      assertThat(run).isEqualTo(i + 2);
    }
  }

  private List<Long> discarded(UUID table) {
    return manifest.read(
        state -> state.tables.get(table).discarded.stream().map(Discarded::generation).toList());
  }

  @Test
  void whatIsDiscardedOfAFileThatIsNamedLaterStaysSo() throws IOException {
    UUID table = new UUID(0, 1);
    Discarded some = new Discarded(4, TokenSet.of(List.of(new TokenRange(0, 1000))));
    manifest.edit(table(1));
    manifest.edit(List.of(new ManifestEdit.AddFile(table, 3, 0, 1, 0, 0)));
    // An import has begun file 4.
    manifest.edit(List.of(new ManifestEdit.Discard(table, some)));
    manifest.edit(List.of(new ManifestEdit.Discard(table, some)));
    manifest.edit(
        List.of(
            new ManifestEdit.AddFile(table, 5, 0, 1, 0, 0), new ManifestEdit.RemoveFile(table, 3)));
    manifest.edit(List.of(new ManifestEdit.AddFile(table, 4, 0, 1, 0, 0)));
    node.crash();
    open();
    assertThat(discarded(table)).containsExactly(4L);
    manifest.edit(List.of(new ManifestEdit.RemoveFile(table, 4)));
    node.crash();
    open();
    assertThat(discarded(table)).isEmpty();
  }

  @Test
  void whatCannotBeSaidStopsNobody() throws IOException {
    manifest.edit(table(1));
    Map<String, String> options = Map.of("option", "x".repeat(70_000));
    TableOptions tooLong = new TableOptions(new UUID(0, 2), "t-2", 0, 0.01, options, Map.of(), 1);
    assertThatThrownBy(() -> manifest.edit(List.of(new ManifestEdit.PutTable(tooLong))))
        .isInstanceOf(IOException.class);
    assertThat(fatal).isEmpty();
    manifest.edit(table(3));
    node.crash();
    open();
    assertThat(tables()).isEqualTo(2);
  }

  @Test
  void sayingNothingChangesNothing() throws IOException {
    manifest.edit(table(1));
    long before = files.size(path());
    manifest.edit(List.of());
    assertThat(files.size(path())).isEqualTo(before);
    manifest.edit(table(2));
    open();
    assertThat(tables()).isEqualTo(2);
  }

  @Test
  void afterAFailedSyncNothingIsWrittenAnyMore() throws IOException {
    manifest.edit(table(1));
    files.failOneSync(0);
    assertThatThrownBy(() -> manifest.edit(table(2))).hasMessageContaining("sync of");
    long size = files.size(path());
    assertThatThrownBy(() -> manifest.edit(table(3))).hasMessageContaining("stopping");
    assertThat(files.size(path())).isEqualTo(size);
    assertThat(fatal).hasSize(1);
    node.crash();
    open();
    assertThat(tables()).isBetween(1, 2);
  }

  @Test
  void aFailedSyncOfANewFileStopsTheNodeToo() throws IOException {
    files.setFull(true);
    assertThatThrownBy(() -> manifest.edit(table(1))).isInstanceOf(IOException.class);
    files.setFull(false);
    files.failOneSync(0);
    assertThatThrownBy(() -> manifest.edit(table(1))).hasMessageContaining("sync of");
    assertThat(fatal).hasSize(1);
    node.crash();
    open();
    assertThat(tables()).isZero();
  }

  @Test
  void aFullDiskIsOnlyWaitedFor() throws IOException {
    files.setFull(true);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> manifest.edit(table(1))).isInstanceOf(IOException.class);
    }
    files.setFull(false);
    manifest.edit(table(2));
    assertThat(fatal).isEmpty();
    open();
    assertThat(tables()).isEqualTo(1);
  }

  @Test
  void recordsOfOlderFilesBehindTheEndAreNoRecords() throws IOException {
    manifest.edit(table(1));
    byte[] old = files.bytes(path());
    open();
    byte[] now = files.bytes(path());
    byte[] both = Arrays.copyOf(now, now.length + old.length - 12);
    System.arraycopy(old, 12, both, now.length, old.length - 12);
    files.setBytes(path(), both);
    open();
    assertThat(tables()).isEqualTo(1);
  }

  @Test
  void damageInTheMiddleIsRefused() throws IOException {
    manifest.edit(table(1));
    manifest.edit(table(2));
    files.corrupt(path(), 30, 1);
    assertThatThrownBy(this::open)
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("offset 12");
  }

  @Test
  void aDamagedByteIsRefusedOrHarmless() throws IOException {
    for (int edits = 0; edits < 3; edits++) {
      files.createDirectories("n" + edits);
      Manifest written = Manifest.open(files, "n" + edits, fatal::add);
      for (int i = 0; i < edits; i++) {
        written.edit(table(i));
      }
      written.close();
      String path = "n" + edits + "/manifest-0";
      byte[] whole = files.bytes(path);
      int harmless = 0;
      for (int at = 0; at < whole.length; at++) {
        byte[] damaged = whole.clone();
        damaged[at] ^= (byte) (1 << at % 8);
        files.createDirectories("d");
        for (String name : files.list("d")) {
          files.delete("d/" + name);
        }
        files.setBytes("d/manifest-0", damaged);
        try {
          Manifest read = Manifest.open(files, "d", fatal::add);
          assertThat((int) read.read(state -> state.tables.size())).isEqualTo(edits);
          read.close();
          harmless++;
        } catch (IOException | CorruptDataException e) {
          assertThat(e).hasMessageContaining("d/manifest-0");
        }
      }
      // Only what confirms an edit may be damaged unnoticed.
      assertThat(harmless).isEqualTo(edits * 9);
    }
  }

  @Test
  void aConfirmationMayBeLostThoughTheEditBehindItIsThere() throws IOException {
    manifest.edit(table(1));
    int first = files.bytes(path()).length;
    manifest.edit(table(2));
    byte[] whole = files.bytes(path());
    byte[] left = Arrays.copyOf(whole, whole.length - 9);
    Arrays.fill(left, first - 9, first, (byte) 0);
    files.setBytes(path(), left);
    open();
    assertThat(tables()).isEqualTo(2);
  }

  @Test
  void anEmptyManifestIsRefused() throws IOException {
    files.setBytes(path(), Arrays.copyOf(files.bytes(path()), 12));
    assertThatThrownBy(this::open)
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("offset 12");
  }
}
