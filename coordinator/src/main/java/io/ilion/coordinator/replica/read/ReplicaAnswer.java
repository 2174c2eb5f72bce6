package io.ilion.coordinator.replica.read;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hashing;
import io.ilion.model.data.Bytes;
import io.ilion.model.data.CorruptDataException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a replica found: updates that would make an empty table what it has there. Immutable.
 *
 * <pre>
 * answer to READ (big-endian):
 *   u8 version: 1
 *   partition*, in the order of tokens and keys:
 *     u8 2: all of the partition that was asked for;  or
 *     u8 3: cut off at a limit;  i32 length, bound
 *     i32 length, update (io.ilion.model.data.UpdateReader)
 *   u8 0: there is nothing behind the last partition;  or
 *   u8 1: a limit was reached, and there may be more behind it
 * </pre>
 *
 * The entries of an update stand in the order of the read; a range deletion stands where it ends.
 * What lies behind the bound of a partition, in the direction of the read, was not looked at: the
 * bound is exclusive in clustering order, and inclusive if the read is reversed.
 *
 * <p>Who streams is told so when there will be no answer, since what a node has is damaged:
 *
 * <pre>
 * answer to STREAM_PART, if not as above:
 *   u8 version: 1;  u8 4;  UTF-8 up to the end: which file it is, and what is wrong with it
 * </pre>
 *
 * <p>The answer to READ_DIGEST is a u8 version, 1, and the 16 bytes of the XXH3 hash of the answer
 * to READ, so that whoever has one of the two can tell whether the other is the same.
 */
final class ReplicaAnswer {
  static final int VERSION = 1;
  static final int EXHAUSTED = 0;
  static final int STOPPED = 1;
  static final int WHOLE = 2;
  static final int CUT = 3;
  static final int DAMAGED = 4;

  static final int DIGEST_BYTES = 17;

  private final List<AnswerPartition> partitions;
  private final boolean stopped;
  private final int bytes;

  private ReplicaAnswer(List<AnswerPartition> partitions, boolean stopped, int bytes) {
    this.partitions = partitions;
    this.stopped = stopped;
    this.bytes = bytes;
  }

  /** How many bytes it was read from, which it keeps. */
  int bytes() {
    return bytes;
  }

  /** What was found, in the order of tokens and keys. */
  List<AnswerPartition> partitions() {
    return partitions;
  }

  /** Whether there may be more behind the last partition, of which there is one then. */
  boolean isStopped() {
    return stopped;
  }

  /** The last partition. */
  AnswerPartition last() {
    return partitions.get(partitions.size() - 1);
  }

  /**
   * Reads an answer.
   *
   * @param payload is kept
   * @throws CorruptDataException if it is no answer to such a command
   */
  static ReplicaAnswer decode(ByteBuffer payload, ReplicaRead read) {
    Part part = Part.of(payload);
    try {
      return decode(part.array, part.offset, part.offset + part.length, read);
    } catch (IndexOutOfBoundsException e) {
      throw new CorruptDataException("an answer ends within a field", e);
    }
  }

  /** What is answered to who streams what this node cannot read. */
  static byte[] damaged(String what) {
    byte[] text = what.getBytes(UTF_8);
    byte[] answer = new byte[2 + text.length];
    answer[0] = VERSION;
    answer[1] = DAMAGED;
    System.arraycopy(text, 0, answer, 2, text.length);
    return answer;
  }

  /** What a node cannot read of what was asked for, if it answered so; else null. */
  static String damage(ByteBuffer payload) {
    Part part = Part.of(payload);
    boolean is =
        part.length >= 2
            && part.array[part.offset] == VERSION
            && part.array[part.offset + 1] == DAMAGED;
    return is ? new String(part.array, part.offset + 2, part.length - 2, UTF_8) : null;
  }

  /** What stands between the position and the limit of a buffer. */
  private record Part(byte[] array, int offset, int length) {
    static Part of(ByteBuffer buffer) {
      int length = buffer.remaining();
      if (buffer.hasArray()) {
        return new Part(buffer.array(), buffer.arrayOffset() + buffer.position(), length);
      }
      byte[] copy = new byte[length];
      buffer.duplicate().get(copy);
      return new Part(copy, 0, length);
    }
  }

  private static ReplicaAnswer decode(byte[] array, int from, int end, ReplicaRead read) {
    int at = from;
    if (end - from < 2 || array[at++] != VERSION) {
      throw new CorruptDataException("not an answer of version " + VERSION);
    }
    List<AnswerPartition> partitions = new ArrayList<>(1);
    while (true) {
      int kind = array[at++];
      if (kind == EXHAUSTED || kind == STOPPED) {
        if (at != end || (kind == STOPPED && partitions.isEmpty())) {
          throw new CorruptDataException("an answer ends where it must not");
        }
        return new ReplicaAnswer(partitions, kind == STOPPED, end - from);
      }
      byte[] bound = null;
      if (kind == CUT) {
        int length = length(array, at, end);
        bound = Arrays.copyOfRange(array, at + 4, at + 4 + length);
        at += 4 + length;
      } else if (kind != WHOLE) {
        throw new CorruptDataException("an answer has a part of unknown kind " + kind);
      }
      int length = length(array, at, end);
      AnswerPartition partition =
          AnswerPartition.decode(array, at + 4, length, bound, read.command());
      at += 4 + length;
      if (!partitions.isEmpty() && partitions.getLast().compareTo(partition) >= 0) {
        throw new CorruptDataException("the partitions of an answer do not ascend");
      }
      partitions.add(partition);
    }
  }

  private static int length(byte[] array, int at, int end) {
    int length = end - at < 4 ? -1 : Bytes.getInt(array, at);
    if (length < 0 || length > end - at - 4) {
      throw new CorruptDataException("an answer ends within a field");
    }
    return length;
  }

  /** The digest of an answer, as a replica sends it. */
  static byte[] digest(byte[] answer) {
    return digest(answer, 0, answer.length);
  }

  /** The digest of an answer that stands between a buffer's position and limit. */
  static byte[] digest(ByteBuffer payload) {
    Part part = Part.of(payload);
    return digest(part.array, part.offset, part.length);
  }

  /** The digest of an answer that is a part of an array. */
  static byte[] digest(byte[] array, int offset, int length) {
    HashValue128 hash = Hashing.xxh3_128().hashBytesTo128Bits(array, offset, length);
    byte[] digest = new byte[DIGEST_BYTES];
    digest[0] = VERSION;
    Bytes.putLong(digest, 1, hash.getMostSignificantBits());
    Bytes.putLong(digest, 9, hash.getLeastSignificantBits());
    return digest;
  }
}
