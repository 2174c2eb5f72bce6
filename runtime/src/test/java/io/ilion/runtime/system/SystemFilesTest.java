package io.ilion.runtime.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.runtime.AppendFile;
import io.ilion.runtime.ReadFile;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemFilesTest {
  @TempDir Path root;

  @Test
  void whatIsWrittenOutOnTheWayIsAllThere() throws IOException {
    SystemFiles files = new SystemFiles(root);
    byte[] piece = new byte[300_000];
    for (int i = 0; i < piece.length; i++) {
      piece[i] = (byte) (i % 251);
    }
    try (AppendFile file = files.create("long")) {
      for (int i = 0; i < 40; i++) {
        file.append(ByteBuffer.wrap(piece));
        file.writeOut();
      }
      file.sync();
      assertThat(file.size()).isEqualTo(40L * piece.length);
    }
    assertThat(files.size("long")).isEqualTo(40L * piece.length);
    try (ReadFile file = files.open("long")) {
      byte[] last = new byte[piece.length];
      file.readAt(39L * piece.length, ByteBuffer.wrap(last));
      assertThat(last).isEqualTo(piece);
    }
  }

  @Test
  void writesReadsRenamesLinksAndDeletes() throws IOException {
    SystemFiles files = new SystemFiles(root);
    files.createDirectories("a/b");
    try (AppendFile file = files.create("a/b/one")) {
      file.append(ByteBuffer.wrap(new byte[] {1, 2, 3}));
      file.append(ByteBuffer.wrap(new byte[] {4}));
      file.sync();
      assertThat(file.size()).isEqualTo(4);
    }
    files.syncDirectory("a/b");
    assertThatThrownBy(() -> files.create("a/b/one"))
        .isInstanceOf(FileAlreadyExistsException.class);
    files.link("a/b/one", "a/b/two");
    files.rename("a/b/one", "a/b/three");
    assertThat(files.list("a/b")).containsExactly("three", "two");
    assertThat(files.list("nowhere")).isEmpty();
    files.delete("a/b/three");
    assertThat(files.exists("a/b/three")).isFalse();
    assertThatThrownBy(() -> files.delete("a/b/three")).isInstanceOf(NoSuchFileException.class);
    try (ReadFile file = files.open("a/b/two")) {
      ByteBuffer buffer = ByteBuffer.allocate(2);
      file.readAt(1, buffer);
      assertThat(buffer.array()).containsExactly(2, 3);
      assertThatThrownBy(() -> file.readAt(3, ByteBuffer.allocate(2)))
          .isInstanceOf(EOFException.class);
    }
    assertThat(files.usableBytes("a")).isPositive();
  }

  @Test
  void aFileThatIsReusedKeepsWhatIsNotOverwritten() throws IOException {
    SystemFiles files = new SystemFiles(root);
    try (AppendFile file = files.create("log")) {
      file.append(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}));
      file.sync();
    }
    try (AppendFile file = files.reuse("log")) {
      assertThat(file.size()).isZero();
      file.append(ByteBuffer.wrap(new byte[] {9}));
      file.append(ByteBuffer.wrap(new byte[] {8}));
      file.sync();
      assertThat(file.size()).isEqualTo(2);
    }
    ByteBuffer content = ByteBuffer.allocate(4);
    try (ReadFile file = files.open("log")) {
      file.readAt(0, content);
    }
    assertThat(content.array()).containsExactly(9, 8, 3, 4);
    assertThatThrownBy(() -> files.reuse("none")).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void whatIsLongIsNotCopiedOutsideTheHeapAsAWhole() throws IOException {
    SystemFiles files = new SystemFiles(root);
    byte[] content = new byte[16 << 20];
    new Random(2).nextBytes(content);
    long before = memoryOutsideTheHeap();
    try (AppendFile file = files.create("one")) {
      ByteBuffer bytes = ByteBuffer.wrap(content, 1, content.length - 2);
      file.append(bytes);
      assertThat(bytes.hasRemaining()).isFalse();
      assertThat(file.size()).isEqualTo(content.length - 2);
    }
    byte[] read = new byte[content.length];
    ByteBuffer destination = ByteBuffer.wrap(read, 1, content.length - 2);
    try (ReadFile file = files.open("one")) {
      file.readAt(0, destination);
      assertThat(destination.hasRemaining()).isFalse();
      assertThatThrownBy(() -> file.readAt(1 << 20, ByteBuffer.allocate(16 << 20)))
          .isInstanceOf(EOFException.class)
          .hasMessageContaining("wanted up to offset " + (17 << 20));
    }
    assertThat(Arrays.mismatch(read, 1, read.length - 1, content, 1, content.length - 1))
        .isNegative();
    assertThat(memoryOutsideTheHeap() - before).isLessThan(1 << 20);
  }

  private static long memoryOutsideTheHeap() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  @Test
  void whatWasJustWrittenIsReadAtOnceOrNotAtAll() throws IOException {
    SystemFiles files = new SystemFiles(root);
    byte[] content = new byte[100_000];
    new Random(1).nextBytes(content);
    try (AppendFile file = files.create("one")) {
      file.append(ByteBuffer.wrap(content));
    }
    try (ReadFile file = files.open("one")) {
      ByteBuffer buffer = ByteBuffer.allocate(9_000).position(500).limit(8_500);
      if (file.tryReadAt(70_000, buffer)) {
        assertThat(buffer.hasRemaining()).isFalse();
        assertThat(Arrays.copyOfRange(buffer.array(), 500, 8_500))
            .isEqualTo(Arrays.copyOfRange(content, 70_000, 78_000));
      }
      assertThat(file.tryReadAt(99_999, ByteBuffer.allocate(2))).isFalse();
      assertThat(file.tryReadAt(0, ByteBuffer.allocate(90_000))).as("too long").isFalse();
    }
  }

  @Test
  void locksADirectoryOnce() throws IOException {
    SystemFiles files = new SystemFiles(root);
    try (Closeable lock = files.lock("")) {
      assertThat(lock).isNotNull();
      assertThatThrownBy(() -> files.lock("")).hasMessageContaining("in use by another node");
    }
    files.lock("").close();
  }
}
