package io.ilion.server.system;

import io.ilion.runtime.Files;
import io.ilion.runtime.WholeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;

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
  private static final int FIXED = 8 + 4 + 16 + 4;

  /** Reads the identity, or draws and keeps one. */
  public static NodeIdentity open(
      Files files, String directory, int tokenCount, RandomGenerator random) throws IOException {
    files.createDirectories(directory);
    WholeFile file = new WholeFile(files, directory, "identity");
    if (file.exists()) {
      return read(file);
    }
    List<Long> tokens = new ArrayList<>();
    for (int i = 0; i < tokenCount; i++) {
      tokens.add(random.nextLong());
    }
    long high = (random.nextLong() & ~0xF000L) | 0x4000L;
    long low = (random.nextLong() & 0x3FFFFFFFFFFFFFFFL) | Long.MIN_VALUE;
    NodeIdentity identity = new NodeIdentity(new UUID(high, low), List.copyOf(tokens));
    file.write(identity.encode());
    return identity;
  }

  private byte[] encode() {
    ByteBuffer out = ByteBuffer.allocate(FIXED + 8 * tokens.size());
    out.putLong(MAGIC).putInt(VERSION);
    out.putLong(hostId.getMostSignificantBits()).putLong(hostId.getLeastSignificantBits());
    out.putInt(tokens.size());
    tokens.forEach(out::putLong);
    return out.array();
  }

  private static NodeIdentity read(WholeFile file) throws IOException {
    ByteBuffer in = file.read();
    if (in.remaining() < FIXED || in.getLong() != MAGIC || in.getInt() != VERSION) {
      throw new IOException(file.path() + " is no node identity of version " + VERSION);
    }
    UUID hostId = new UUID(in.getLong(), in.getLong());
    int count = in.getInt();
    if (count != in.remaining() / 8) {
      throw new IOException(file.path() + " is damaged: " + count + " tokens");
    }
    List<Long> tokens = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tokens.add(in.getLong());
    }
    return new NodeIdentity(hostId, tokens);
  }
}
