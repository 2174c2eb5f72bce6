package io.ilion.runtime.simulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class WholeFileTest {
  private static final String DIRECTORY = "node";

  @Test
  void isWhatItWasOrWhatItIsWhereverTheMachineCrashes() throws IOException {
    boolean seenOld = false;
    boolean seenNew = false;
    for (int calls = 1; calls < 12; calls++) {
      for (int seed = 0; seed < 20; seed++) {
        SimulatedNode machine = machine(seed);
        WholeFile file = file(machine);
        file.write(bytes("old"));
        machine.files().stopAfter(calls);
        boolean isDone = false;
        try {
          file.write(bytes("what is new"));
          isDone = true;
        } catch (SimulatedCrash e) {
          assertThat(machine.isRunning()).isFalse();
        }
        machine.crash();
        machine.start(1);
        String found = text(file(machine));
        assertThat(found).as("calls %d, seed %d", calls, seed).isIn("old", "what is new");
        assertThat(!isDone || found.equals("what is new")).isTrue();
        seenOld |= found.equals("old");
        seenNew |= found.equals("what is new");
        file(machine).write(bytes("again"));
        assertThat(text(file(machine))).isEqualTo("again");
      }
    }
    assertThat(seenOld && seenNew).isTrue();
  }

  @Test
  void damageIsFoundInEveryByte() throws IOException {
    SimulatedNode machine = machine(1);
    WholeFile file = file(machine);
    assertThat(file.exists()).isFalse();
    file.write(bytes("content"));
    int length = machine.files().bytes(file.path()).length;
    for (int i = 0; i < length; i++) {
      machine.files().corrupt(file.path(), i, 0x10);
      assertThatThrownBy(file::read)
          .isInstanceOf(IOException.class)
          .hasMessage("node/name is damaged: its checksum does not match");
      machine.files().corrupt(file.path(), i, 0x10);
    }
    machine.files().setBytes(file.path(), new byte[3]);
    assertThatThrownBy(file::read).hasMessage("node/name is damaged: it has 3 bytes");
  }

  private static SimulatedNode machine(int seed) throws IOException {
    SimulatedNode machine = new SimulatedWorld(seed).addNode(new NodeAddress("127.0.0.1", 7000));
    machine.start(1).files().createDirectories(DIRECTORY);
    return machine;
  }

  private static WholeFile file(SimulatedNode machine) {
    return new WholeFile(machine.files(), DIRECTORY, "name");
  }

  private static String text(WholeFile file) throws IOException {
    return StandardCharsets.UTF_8.decode(file.read()).toString();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
