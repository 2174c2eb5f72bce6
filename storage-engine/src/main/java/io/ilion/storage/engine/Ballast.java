package io.ilion.storage.engine;

import io.ilion.runtime.AppendFile;
import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.Files;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.random.RandomGenerator;

/**
 * A file that only takes space. A start has to write a little before anything can be read; if
 * others left no byte of the disk, it throws this overboard.
 */
final class Ballast {
  /** Manifest, metadata and the first segment of the log of a large node. */
  static final int BYTES = 4 << 20;

  private static final int PART_BYTES = 64 << 10;

  private Ballast() {}

  private static String path(String directory) {
    return directory + "/ballast";
  }

  /** Makes room if there is hardly any left. */
  static void dropIfFull(Files files, String directory) throws IOException {
    if (files.exists(path(directory)) && files.usableBytes(directory) < BYTES) {
      files.delete(path(directory));
    }
  }

  static boolean isThere(Files files, String directory) throws IOException {
    return files.exists(path(directory)) && files.size(path(directory)) == BYTES;
  }

  /**
   * Takes the space, if it is there.
   *
   * @param random fills the file, so that no file system makes it smaller
   */
  static void take(Files files, String directory, RandomGenerator random) throws IOException {
    if (files.exists(path(directory))) {
      files.delete(path(directory));
    }
    byte[] part = new byte[PART_BYTES];
    random.nextBytes(part);
    try (AppendFile file = files.create(path(directory))) {
      for (int taken = 0; taken < BYTES; taken += PART_BYTES) {
        file.append(ByteBuffer.wrap(part));
      }
    } catch (DiskFullException e) {
      files.delete(path(directory));
      throw e;
    }
  }
}
