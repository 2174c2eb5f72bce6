package io.ilion.runtime.simulated;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.runtime.AppendFile;
import io.ilion.runtime.NodeAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class SimulatedFilesTest {
  private static final String PATH = "node/file";

  private final SimulatedNode machine =
      new SimulatedWorld(1).addNode(new NodeAddress("127.0.0.1", 7000));
  private final SimulatedFiles files = machine.files();

  @Test
  void whatRotsIsMended() throws IOException {
    write(1, 2, 3);
    Runnable first = files.rot(PATH, 1, 4);
    assertThat(files.bytes(PATH)).containsExactly(1, 6, 3);
    // The same bit once more.
    Runnable second = files.rot(PATH, 1, 4);
    assertThat(files.bytes(PATH)).containsExactly(1, 2, 3);
    second.run();
    first.run();
    assertThat(files.bytes(PATH)).containsExactly(1, 2, 3);
  }

  /** Its name was not durable, and who wrote it has written another one since. */
  @Test
  void anotherFileOfTheNameIsLeftAlone() throws IOException {
    write(1, 2, 3);
    Runnable mended = files.rot(PATH, 1, 4);
    files.delete(PATH);
    write(4, 5, 6);
    mended.run();
    assertThat(files.bytes(PATH)).containsExactly(4, 5, 6);
  }

  @Test
  void whatIsNotRottenAnyMoreIsLeftAlone() throws IOException {
    write(1, 2, 3);
    Runnable mended = files.rot(PATH, 1, 4);
    files.corrupt(PATH, 1, 4);
    mended.run();
    assertThat(files.bytes(PATH)).containsExactly(1, 2, 3);
  }

  private void write(int... bytes) throws IOException {
    machine.start(1);
    files.createDirectories("node");
    try (AppendFile file = files.create(PATH)) {
      ByteBuffer content = ByteBuffer.allocate(bytes.length);
      for (int b : bytes) {
        content.put((byte) b);
      }
      file.append(content.flip());
      file.sync();
    }
  }
}
