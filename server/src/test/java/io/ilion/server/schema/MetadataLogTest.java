package io.ilion.server.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.runtime.simulated.SimulatedFiles;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MetadataLogTest {
  private static final String PATH = "m/metadata.log";

  private final SimulatedNode node = new SimulatedWorld(1).addNode();
  private final SimulatedFiles files = node.files();

  private static KeyspaceDefinition keyspace(String name) {
    return new KeyspaceDefinition(name, Map.of("class", "SimpleStrategy"), true);
  }

  private MetadataLog open() throws IOException {
    return MetadataLog.open(files, "m");
  }

  private Set<String> names() throws IOException {
    try (MetadataLog log = open()) {
      return log.schema().keyspaces().keySet();
    }
  }

  @Test
  void whatWasKeptSurvivesThePower() throws IOException {
    for (int i = 0; i < 10; i++) {
      MetadataLog log = open();
      assertThat(log.schema().epoch()).isEqualTo(2L * i);
      log.put(2L * i + 1, keyspace("k" + i));
      log.put(2L * i + 2, keyspace("gone"));
      if (i % 2 == 1) {
        log.drop(2L * i + 2, "gone");
      }
      node.crash();
      assertThat(names()).hasSize(i + 2 - i % 2);
    }
  }

  @Test
  void aDamagedByteIsRefusedOrHarmless() throws IOException {
    MetadataLog log = open();
    log.put(1, keyspace("one"));
    log.put(2, keyspace("two"));
    log.close();
    damage(files.bytes(PATH));
    // Written anew.
    open().close();
    damage(files.bytes(PATH));
  }

  private void damage(byte[] whole) throws IOException {
    for (int at = 0; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) (1 << at % 8);
      files.setBytes(PATH, damaged);
      if (at < whole.length - 17) {
        assertThatThrownBy(this::open)
            .describedAs("byte %d", at)
            .isInstanceOf(IOException.class)
            .hasMessageContaining(PATH);
      } else {
        // Only what says that the rest is on disk.
        assertThat(names()).containsExactlyInAnyOrder("one", "two");
      }
    }
    files.setBytes(PATH, whole);
  }

  @Test
  void anEntryThatWasCutOffWasNeverKept() throws IOException {
    MetadataLog log = open();
    log.put(1, keyspace("one"));
    int before = files.bytes(PATH).length;
    log.put(2, keyspace("two"));
    log.close();
    byte[] whole = files.bytes(PATH);
    for (int length = before; length < whole.length - 17; length++) {
      files.setBytes(PATH, Arrays.copyOf(whole, length));
      assertThat(names()).describedAs("%d bytes", length).containsExactly("one");
    }
  }

  @Test
  void afterAFailureNothingIsWrittenBehindIt() throws IOException {
    MetadataLog log = open();
    log.put(1, keyspace("one"));
    files.setFull(true);
    assertThatThrownBy(() -> log.put(2, keyspace("two"))).isInstanceOf(IOException.class);
    files.setFull(false);
    assertThatThrownBy(() -> log.put(2, keyspace("two"))).hasMessageContaining("next start");
    log.close();
    assertThat(names()).containsExactly("one");
    try (MetadataLog again = open()) {
      again.put(2, keyspace("two"));
    }
    assertThat(names()).containsExactlyInAnyOrder("one", "two");
  }
}
