package io.ilion.server.system;

import io.ilion.runtime.AppendFile;
import io.ilion.runtime.Files;
import io.ilion.runtime.ReadFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;

/**
 * Who a node is, for ever: drawn at its first start and kept in its data directory.
 *
 * <pre>
 * u64 "ILIONNID", u32 version 1, 16 bytes host id, u32 number of tokens, i64 each,
 * u32 CRC32C of all before it
 * </pre>
 */
public record NodeIdentity(UUID hostId, List<Long> tokens) {
  private static final long MAGIC = 0x494C494F4E4E4944L;
  private static final int VERSION = 1;
  private static final int FIXED = 8 + 4 + 16 + 4 + 4;

  /** Reads the identity, or draws and keeps one. */
  public static NodeIdentity open(
      Files files, String directory, int tokenCount, RandomGenerator random) throws IOException {
    files.createDirectories(directory);
    String path = directory + "/identity";
    if (files.exists(path)) {
      return read(files, path);
    }
    List<Long> tokens = new ArrayList<>();
    for (int i = 0; i < tokenCount; i++) {
      tokens.add(random.nextLong());
    }
    long high = (random.nextLong() & ~0xF000L) | 0x4000L;
    long low = (random.nextLong() & 0x3FFFFFFFFFFFFFFFL) | Long.MIN_VALUE;
    NodeIdentity identity = new NodeIdentity(new UUID(high, low), List.copyOf(tokens));
    String fresh = path + ".new";
    if (files.exists(fresh)) {
      files.delete(fresh);
    }
    try (AppendFile file = files.create(fresh)) {
      file.append(identity.encode());
      file.sync();
    }
    files.rename(fresh, path);
    files.syncDirectory(directory);
    return identity;
  }

  private ByteBuffer encode() {
    ByteBuffer out = ByteBuffer.allocate(FIXED + 8 * tokens.size());
    out.putLong(MAGIC).putInt(VERSION);
    out.putLong(hostId.getMostSignificantBits()).putLong(hostId.getLeastSignificantBits());
    out.putInt(tokens.size());
    tokens.forEach(out::putLong);
    out.putInt(checksum(out.array(), out.position()));
    return out.flip();
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  private static NodeIdentity read(Files files, String path) throws IOException {
    ByteBuffer in;
    try (ReadFile file = files.open(path)) {
      if (file.size() < FIXED || file.size() > 1 << 20) {
        throw new IOException(path + " is damaged: " + file.size() + " bytes");
      }
      in = ByteBuffer.allocate((int) file.size());
      file.readAt(0, in);
    }
    in.flip();
    if (in.getLong() != MAGIC || in.getInt() != VERSION) {
      throw new IOException(path + " is no node identity of version " + VERSION);
    }
    if (in.getInt(in.limit() - 4) != checksum(in.array(), in.limit() - 4)) {
      throw new IOException(path + " is damaged: its checksum does not match");
    }
    UUID hostId = new UUID(in.getLong(), in.getLong());
    int count = in.getInt();
    if (count != (in.limit() - FIXED) / 8) {
      throw new IOException(path + " is damaged: " + count + " tokens");
    }
    List<Long> tokens = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tokens.add(in.getLong());
    }
    return new NodeIdentity(hostId, tokens);
  }
}
