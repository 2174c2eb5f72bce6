package io.ilion.runtime.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.runtime.AppendFile;
import io.ilion.runtime.ReadFile;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemFilesTest {
  @TempDir Path root;

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
  void locksADirectoryOnce() throws IOException {
    SystemFiles files = new SystemFiles(root);
    try (Closeable lock = files.lock("")) {
      assertThat(lock).isNotNull();
      assertThatThrownBy(() -> files.lock("")).hasMessageContaining("in use by another node");
    }
    files.lock("").close();
  }
}
