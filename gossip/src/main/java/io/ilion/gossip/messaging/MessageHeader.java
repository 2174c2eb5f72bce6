package io.ilion.gossip.messaging;

import java.nio.ByteBuffer;

/**
 * What stands before the payload of a message between nodes, all numbers big-endian:
 *
 * <pre>
 *  0  u8  version, 1
 *  1  u8  verb
 *  2  u8  kind: 0 a message without answer, 1 a request, 2 an answer, 3 a failure
 *  3  i64 id of the request: the asking lane in the highest 8 bits, then a number of that lane
 * 11  i64 token of the partition that it is about
 * 19  i64 epoch of the metadata that the sender works by
 * 27  payload; of a failure one byte, the code of its reason
 * </pre>
 */
final class MessageHeader {
  static final int SIZE = 27;
  static final int VERSION = 1;

  static final int ONE_WAY = 0;
  static final int REQUEST = 1;
  static final int ANSWER = 2;
  static final int FAILURE = 3;

  private static final int LANE_SHIFT = 56;
  private static final int AT_ID = 3;
  private static final int AT_TOKEN = 11;
  private static final int AT_EPOCH = 19;

  private MessageHeader() {}

  /** Returns a whole message. */
  static byte[] encode(int verb, int kind, long id, long token, long epoch, byte[] payload) {
    byte[] message = new byte[SIZE + payload.length];
    ByteBuffer.wrap(message)
        .put((byte) VERSION)
        .put((byte) verb)
        .put((byte) kind)
        .putLong(id)
        .putLong(token)
        .putLong(epoch)
        .put(payload);
    return message;
  }

  /** Whether a message is one of this version, as far as its header goes. */
  static boolean isSound(byte[] message) {
    return message.length >= SIZE && message[0] == VERSION && kind(message) <= FAILURE;
  }

  static int verb(byte[] message) {
    return message[1] & 0xff;
  }

  static int kind(byte[] message) {
    return message[2] & 0xff;
  }

  static long id(byte[] message) {
    return longAt(message, AT_ID);
  }

  static long token(byte[] message) {
    return longAt(message, AT_TOKEN);
  }

  static long epoch(byte[] message) {
    return longAt(message, AT_EPOCH);
  }

  static ByteBuffer payload(byte[] message) {
    return ByteBuffer.wrap(message, SIZE, message.length - SIZE);
  }

  /** The id of a request: a number that its lane has not used lately. */
  static long id(int lane, long number) {
    return (long) lane << LANE_SHIFT | number & (1L << LANE_SHIFT) - 1;
  }

  /** The lane that a request with this id came from. */
  static int laneOf(long id) {
    return (int) (id >>> LANE_SHIFT);
  }

  private static long longAt(byte[] message, int position) {
    return ByteBuffer.wrap(message).getLong(position);
  }
}
