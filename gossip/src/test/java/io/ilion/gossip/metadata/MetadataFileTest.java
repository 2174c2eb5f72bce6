package io.ilion.gossip.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.gossip.Nodes;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.SchemaCodec;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.simulated.SimulatedFiles;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class MetadataFileTest {
  private static final String PATH = "m/metadata.log";
  private static final byte[] NOTHING = {};

  private final SimulatedNode node = new SimulatedWorld(1).addNode();
  private final SimulatedFiles files = node.files();
  private final SplittableRandom random = new SplittableRandom(1);

  private static LogEntry entry(long index, long term) {
    return new LogEntry(index, term, new UUID(index, term), NOTHING);
  }

  private static KeyspaceDefinition keyspace(String name) {
    return new KeyspaceDefinition(name, Map.of("class", "SimpleStrategy"), true);
  }

  private RaftState load() throws IOException {
    MetadataFile.Opened opened = MetadataFile.open(files, "m", random);
    opened.file().close();
    return opened.state();
  }

  private static void assertEntries(RaftState state, LogEntry... entries) {
    assertThat(state.entries()).usingRecursiveComparison().isEqualTo(List.of(entries));
  }

  @Test
  void stepsSurviveThePower() throws IOException {
    MetadataFile file = MetadataFile.open(files, "m", random).file();
    file.step(1, Nodes.id(1), List.of(entry(1, 1), entry(2, 1), entry(3, 1)), 1);
    file.step(2, null, List.of(entry(2, 2)), 1);
    node.crash();
    RaftState state = load();
    assertThat(state.term()).isEqualTo(2);
    assertThat(state.votedFor()).isNull();
    assertEntries(state, entry(1, 1), entry(2, 2));
    file = MetadataFile.open(files, "m", random).file();
    file.decided(2);
    node.crash();
    assertThat(load().commit()).isEqualTo(2);
    assertEntries(load(), entry(1, 1), entry(2, 2));
  }

  @Test
  void whatWasDecidedIsKnownAfterEveryPowerFailure() throws IOException {
    MetadataFile file = MetadataFile.open(files, "m", random).file();
    file.step(1, Nodes.id(1), List.of(entry(1, 1), entry(2, 1)), 0);
    file.decided(2);
    for (int i = 0; i < 20; i++) {
      node.crash();
      assertThat(load().commit()).as("after power failure %d", i).isEqualTo(2);
    }
  }

  @Test
  void aStepMakesDurableWhatWasDecidedBefore() throws IOException {
    MetadataFile file = MetadataFile.open(files, "m", random).file();
    file.step(1, Nodes.id(1), List.of(entry(1, 1), entry(2, 1)), 0);
    file.step(1, Nodes.id(1), List.of(entry(3, 1)), 2);
    node.crash();
    assertThat(load().commit()).isEqualTo(2);
    assertEntries(load(), entry(1, 1), entry(2, 1), entry(3, 1));
  }

  @Test
  void whatAStepReplacesIsNeverDecided() throws IOException {
    MetadataFile file = MetadataFile.open(files, "m", random).file();
    file.step(1, null, List.of(entry(1, 1), entry(2, 1)), 0);
    int before = files.bytes(PATH).length;
    file.step(2, null, List.of(entry(2, 2), entry(3, 2)), 3);
    file.close();
    byte[] whole = files.bytes(PATH);
    for (int length = before; length <= whole.length; length++) {
      files.setBytes(PATH, Arrays.copyOf(whole, length));
      RaftState state = load();
      if (state.entries().getLast().index() == 2) {
        assertThat(state.commit()).as("of %d bytes", length).isLessThan(2);
      }
    }
    assertThat(load().commit()).isEqualTo(3);
  }

  @Test
  void aDamagedByteIsRefusedOrHarmless() throws IOException {
    MetadataFile file = MetadataFile.open(files, "m", random).file();
    file.step(1, Nodes.id(1), List.of(entry(1, 1)), 0);
    file.step(1, Nodes.id(1), List.of(entry(2, 1)), 1);
    file.close();
    byte[] whole = files.bytes(PATH);
    for (int at = 0; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) (1 << at % 8);
      files.setBytes(PATH, damaged);
      if (at < whole.length - 25) {
        assertThatThrownBy(this::load)
            .describedAs("byte %d", at)
            .isInstanceOf(IOException.class)
            .hasMessageContaining(PATH);
      } else {
        // Only what says that the rest is on disk.
        assertEntries(load(), entry(1, 1), entry(2, 1));
      }
    }
  }

  @Test
  void whatWasNeverOnDiskMayBeAnything() throws IOException {
    MetadataFile file = MetadataFile.open(files, "m", random).file();
    file.step(1, null, List.of(entry(1, 1)), 0);
    final int before = files.bytes(PATH).length - 25;
    file.step(1, null, List.of(entry(2, 1)), 1);
    file.close();
    byte[] whole = files.bytes(PATH);
    // Of what was appended between two syncs the later part may be on disk, and not the earlier.
    byte[] torn = Arrays.copyOf(whole, whole.length - 25);
    Arrays.fill(torn, before, before + 25, (byte) 0);
    files.setBytes(PATH, torn);
    assertEntries(load(), entry(1, 1));
    for (int length = before; length < whole.length - 25; length++) {
      files.setBytes(PATH, Arrays.copyOf(whole, length));
      assertEntries(load(), entry(1, 1));
    }
  }

  @Test
  void whatIsLeftOfADeletedFileIsNoFrame() throws IOException {
    MetadataFile file = MetadataFile.open(files, "m", random).file();
    for (int i = 1; i <= 20; i++) {
      file.step(1, null, List.of(entry(i, 1)), 0);
    }
    file.close();
    byte[] old = files.bytes(PATH);
    files.delete(PATH);
    file = MetadataFile.open(files, "m", random).file();
    file.step(1, null, List.of(entry(1, 1)), 0);
    file.close();
    byte[] torn = Arrays.copyOf(files.bytes(PATH), old.length);
    // Behind what was synced there are whole frames that say that all before them was on disk.
    System.arraycopy(old, old.length - 500, torn, old.length - 500, 500);
    files.setBytes(PATH, torn);
    assertEntries(load(), entry(1, 1));
  }

  @Test
  void theFileOfANodeThatWasAloneIsTakenOver() throws IOException {
    ByteSink old = new ByteSink();
    old.writeBytes("ILIONMDL".getBytes(StandardCharsets.US_ASCII));
    old.writeInt(1);
    oldEntry(old, 6, 0, SchemaCodec.encode(keyspace("one")));
    oldEntry(old, 7, 0, SchemaCodec.encode(keyspace("two")));
    oldEntry(old, 8, 1, "one".getBytes(StandardCharsets.UTF_8));
    oldEntry(old, 8, 1, NOTHING);
    files.createDirectories("m");
    byte[] whole = old.toByteArray();
    files.setBytes(PATH, whole);
    for (int i = 0; i < 2; i++) {
      Schema schema = load().metadata().schema();
      assertThat(schema.epoch()).isEqualTo(8);
      assertThat(schema.keyspaces()).isEqualTo(Map.of("two", keyspace("two")));
    }
    files.setBytes(PATH, Arrays.copyOf(whole, whole.length - 30));
    assertThat(load().metadata().schema().keyspaces()).containsOnlyKeys("one", "two");
    byte[] damaged = whole.clone();
    damaged[30] ^= 1;
    files.setBytes(PATH, damaged);
    assertThatThrownBy(this::load).isInstanceOf(IOException.class).hasMessageContaining("damaged");
  }

  private static void oldEntry(ByteSink out, long epoch, int kind, byte[] content) {
    ByteSink entry = new ByteSink();
    entry.writeLong(epoch);
    entry.writeByte(kind);
    entry.writeBytes(content);
    byte[] bytes = entry.toByteArray();
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(4).putInt(0, bytes.length));
    crc.update(bytes);
    out.writeInt(bytes.length);
    out.writeInt((int) crc.getValue());
    out.writeBytes(bytes);
  }

  @Test
  void aNewerVersionIsRefused() throws IOException {
    load();
    byte[] newer = files.bytes(PATH);
    newer[11] = 3;
    files.setBytes(PATH, newer);
    assertThatThrownBy(this::load).isInstanceOf(IOException.class).hasMessageContaining("version");
  }

  @Test
  void afterAFullDiskAllIsWrittenAnew() throws IOException {
    MetadataFile.Opened opened = MetadataFile.open(files, "m", random);
    MetadataFile file = opened.file();
    files.setFull(true);
    assertThatThrownBy(() -> file.step(1, null, List.of(entry(1, 1)), 0))
        .isInstanceOf(IOException.class);
    assertThat(file.isBroken()).isTrue();
    assertThatThrownBy(() -> file.rewrite(opened.state())).isInstanceOf(IOException.class);
    files.setFull(false);
    file.rewrite(
        new RaftState(1, null, LogPosition.START, ClusterMetadata.NONE, List.of(entry(1, 1)), 0));
    assertThat(file.isBroken()).isFalse();
    file.close();
    assertEntries(load(), entry(1, 1));
  }
}
