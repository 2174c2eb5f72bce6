package io.ilion.runtime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A small file that is only ever read and written whole: what it was before, or all of what it is
 * now, whatever happens in between. Whoever writes it begins it with what tells it from other files
 * and the version of its format; behind that stands a u32 CRC32C of all before it.
 */
public final class WholeFile {
  /** Far more than any such file has; a larger one is damaged. */
  private static final int MOST_BYTES = 256 << 20;

  private final Files files;
  private final String directory;
  private final String name;

  /** A file of a directory that exists; the file need not. */
  public WholeFile(Files files, String directory, String name) {
    this.files = files;
    this.directory = directory;
    this.name = name;
  }

  /** Where it is, for messages. */
  public String path() {
    return directory + "/" + name;
  }

  /** Whether it was ever written. */
  public boolean exists() throws IOException {
    return files.exists(path());
  }

  /**
   * What was written last, without the checksum; blocks.
   *
   * @throws IOException also if the file is damaged
   */
  public ByteBuffer read() throws IOException {
    ByteBuffer in;
    try (ReadFile file = files.open(path())) {
      if (file.size() < Integer.BYTES || file.size() > MOST_BYTES) {
        throw new IOException(path() + " is damaged: it has " + file.size() + " bytes");
      }
      in = ByteBuffer.allocate((int) file.size());
      file.readAt(0, in);
    }
    int end = in.capacity() - Integer.BYTES;
    if (in.getInt(end) != checksum(in.array(), end)) {
      throw new IOException(path() + " is damaged: its checksum does not match");
    }
    return in.flip().limit(end);
  }

  /**
   * Replaces it; blocks until that is durable.
   *
   * @throws IOException if it is as it was, or what is written may or may not be durable
   */
  public void write(byte[] content) throws IOException {
    String fresh = path() + ".new";
    if (files.exists(fresh)) {
      files.delete(fresh);
    }
    try (AppendFile file = files.create(fresh)) {
      ByteBuffer out = ByteBuffer.allocate(content.length + Integer.BYTES);
      file.append(out.put(content).putInt(checksum(content, content.length)).flip());
      file.sync();
    }
    files.rename(fresh, path());
    files.syncDirectory(directory);
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
