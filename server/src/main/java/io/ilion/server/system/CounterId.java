package io.ilion.server.system;

import io.ilion.runtime.Clock;
import io.ilion.runtime.Files;
import io.ilion.runtime.Lane;
import io.ilion.runtime.WholeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Under which id a node counts: its host id, until it may have lost counts of its own. What it
 * counted under an id other replicas have too, and the count with the greater clock is the one that
 * stays; so whoever went on from less, as what it had was lost, would take back what was counted
 * before, everywhere. Under an id of its own what is new is added to that instead.
 *
 * <pre>
 * file "counting", if the id is another than the host id: u64 "ILIONCNT", u32 version 1, 16 bytes id,
 * u32 CRC32C of all before it
 * </pre>
 */
public final class CounterId {
  private static final long MAGIC = 0x494C494F4E434E54L;
  private static final int VERSION = 1;
  private static final int BYTES = 8 + 4 + 16;

  private final WholeFile file;
  private final Lane blocking;
  private final Clock clock;
  private volatile UUID id;

  private CounterId(WholeFile file, Lane blocking, Clock clock, UUID id) {
    this.file = file;
    this.blocking = blocking;
    this.clock = clock;
    this.id = id;
  }

  /**
   * Reads the id; blocks.
   *
   * @param blocking a lane that may block
   */
  public static CounterId open(
      Files files, String directory, UUID hostId, Lane blocking, Clock clock) throws IOException {
    WholeFile file = new WholeFile(files, directory, "counting");
    UUID id = hostId;
    if (file.exists()) {
      ByteBuffer in = file.read();
      if (in.remaining() != BYTES || in.getLong() != MAGIC || in.getInt() != VERSION) {
        throw new IOException(file.path() + " is no id for counters of version " + VERSION);
      }
      id = new UUID(in.getLong(), in.getLong());
    }
    return new CounterId(file, blocking, clock, id);
  }

  /** The id of now. Any thread may ask, behind the look at the counts to which it adds. */
  public UUID get() {
    return id;
  }

  /**
   * Takes a new id; before any count of this node goes out of sight. Any thread may call this.
   *
   * @return completes when the new id is durable and used
   */
  public CompletionStage<Void> renew() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    blocking.execute(
        () -> {
          try {
            UUID next =
                UUID.nameUUIDFromBytes(
                    ByteBuffer.allocate(3 * Long.BYTES)
                        .putLong(id.getMostSignificantBits())
                        .putLong(id.getLeastSignificantBits())
                        .putLong(clock.wallMicros())
                        .array());
            file.write(
                ByteBuffer.allocate(BYTES)
                    .putLong(MAGIC)
                    .putInt(VERSION)
                    .putLong(next.getMostSignificantBits())
                    .putLong(next.getLeastSignificantBits())
                    .array());
            id = next;
            done.complete(null);
          } catch (IOException | RuntimeException e) {
            done.completeExceptionally(e);
          }
        });
    return done;
  }
}
