package io.ilion.coordinator.replica.read;

import io.ilion.model.data.Bytes;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.type.ByteSink;
import java.util.Arrays;
import java.util.List;

/**
 * A page of a stream, put together of what each lane of this node has. Each lane gave an answer of
 * its own; partitions are copied as they are, in the order of the ring, as far as all lanes are
 * known: where one stopped, the page ends.
 */
final class StreamPage {
  private StreamPage() {}

  /** So many bytes each lane is asked for, so that together they fill a page about once. */
  static int laneBytes(int pageBytes, int lanes) {
    return Math.max(1, (int) Math.min(pageBytes, pageBytes * 5L / (4L * lanes)));
  }

  /** The answer of all lanes, of which no two have the same partition. */
  static byte[] join(List<byte[]> answers) {
    Part[] parts = answers.stream().map(Part::new).toArray(Part[]::new);
    // Nearly all that the lanes gave is in the page.
    ByteSink out = new ByteSink(answers.stream().mapToInt(answer -> answer.length).sum());
    out.writeByte(ReplicaAnswer.VERSION);
    while (true) {
      Part first = null;
      for (Part part : parts) {
        if (part.hasPartition && (first == null || part.isBefore(first))) {
          first = part;
        }
      }
      if (first == null) {
        out.writeByte(ReplicaAnswer.EXHAUSTED);
        return out.toByteArray();
      }
      out.writeBytes(first.bytes, first.start, first.end - first.start);
      first.next();
      if (!first.hasPartition && first.isStopped) {
        out.writeByte(ReplicaAnswer.STOPPED);
        return out.toByteArray();
      }
    }
  }

  /** What one lane gave, and the partition in it that is next. */
  private static final class Part {
    private final byte[] bytes;
    private final UpdateReader update = new UpdateReader();
    private int start;
    private int end = 1;
    private long token;
    private byte[] key;
    private boolean hasPartition;
    private boolean isStopped;

    Part(byte[] bytes) {
      this.bytes = bytes;
      next();
    }

    void next() {
      start = end;
      int kind = bytes[start];
      hasPartition = kind == ReplicaAnswer.WHOLE || kind == ReplicaAnswer.CUT;
      if (!hasPartition) {
        isStopped = kind == ReplicaAnswer.STOPPED;
        return;
      }
      int at = start + 1;
      if (kind == ReplicaAnswer.CUT) {
        at += Integer.BYTES + Bytes.getInt(bytes, at);
      }
      int length = Bytes.getInt(bytes, at);
      at += Integer.BYTES;
      update.wrap(bytes, at, length);
      key = update.partitionKey();
      token = Murmur3.token(key);
      end = at + length;
    }

    boolean isBefore(Part other) {
      return token != other.token
          ? token < other.token
          : Arrays.compareUnsigned(key, other.key) < 0;
    }
  }
}
