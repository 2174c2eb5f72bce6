package io.ilion.server.tracing;

import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Payload;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.Network;
import io.ilion.runtime.NodeAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The payloads of a request under trace ({@link Verb#TRACED}) and of its answer, big-endian:
 *
 * <pre>
 * u8  version, 1
 * u8  the verb that is traced
 *     its payload
 *
 * u8  version, 1
 * u8  0: the events are followed by the answer; 1: by a byte, the code of why there is none
 * u32 length of the events
 *     u32 microseconds from when the request was heard of until it was answered
 *     u32 number of events, and for each, in the order of time:
 *         u32 microseconds from when the request was heard of until then
 *         u32 the same of the node that did it
 *         u8  0: the node that answers; 1: another, whose address follows
 *         text what was done; text the thread
 *     the answer
 * </pre>
 *
 * <p>Events that cannot be read cost nothing but themselves.
 */
final class TracedMessages {
  /** A node tells of so many events for each request at most. */
  static final int MOST_EVENTS = 100;

  /** Of a text that is longer, so many characters are told. */
  static final int MOST_CHARACTERS = 500;

  private static final Logger LOGGER = LoggerFactory.getLogger(TracedMessages.class);
  private static final int VERSION = 1;
  private static final int ANSWERED = 0;
  private static final int FAILED = 1;

  /** An event is that long at least. */
  private static final int LEAST_EVENT_BYTES = 13;

  private TracedMessages() {}

  /**
   * What a node answered, and what it did for that.
   *
   * @param answer null if there is none
   * @param reason why there is none, or null
   * @param events of which {@link TraceEvent#source} is never null
   * @param took microseconds until the answer
   */
  record Answer(ByteBuffer answer, FailureReason reason, List<TraceEvent> events, int took) {}

  /** Whether so long a payload leaves room for what is put before it. */
  static boolean fits(byte[] payload) {
    return payload.length <= Network.MAX_MESSAGE_BYTES / 2;
  }

  /** A request under trace. */
  static byte[] request(Verb verb, byte[] payload) {
    ByteSink out = new ByteSink(payload.length + 2);
    out.writeByte(VERSION);
    out.writeByte(verb.code());
    out.writeBytes(payload);
    return out.toByteArray();
  }

  /**
   * Reads what stands before the payload of a request.
   *
   * @return the code of the verb
   */
  static int verb(ByteBuffer in) {
    Payload.expectVersion(in, VERSION);
    return in.get() & 0xff;
  }

  /** An answer, and what was done for it; that is left out beside an answer that is very long. */
  static byte[] answer(byte[] answer, List<TraceEvent> events, int took) {
    return encode(ANSWERED, fits(answer) ? events : List.of(), took, answer);
  }

  /** Says why there is no answer, and what was done all the same. */
  static byte[] failure(FailureReason reason, List<TraceEvent> events, int took) {
    return encode(FAILED, events, took, new byte[] {(byte) reason.code()});
  }

  private static byte[] encode(int kind, List<TraceEvent> events, int took, byte[] payload) {
    ByteSink out = Payload.version(VERSION);
    out.writeByte(kind);
    int at = out.extend(4);
    int begin = out.size();
    out.writeInt(took);
    out.writeInt(events.size());
    for (TraceEvent event : events) {
      out.writeInt(event.at());
      out.writeInt(event.elapsed());
      out.writeByte(event.source() == null ? 0 : 1);
      if (event.source() != null) {
        Payload.writeAddress(out, event.source());
      }
      Payload.writeText(out, shortened(event.activity()));
      Payload.writeText(out, shortened(event.thread()));
    }
    out.setInt(at, out.size() - begin);
    out.writeBytes(payload);
    return out.toByteArray();
  }

  /**
   * Reads an answer.
   *
   * @param from who gave it
   * @throws CorruptDataException if it is none
   */
  static Answer decode(NodeAddress from, ByteBuffer in) {
    int kind;
    int length;
    try {
      Payload.expectVersion(in, VERSION);
      kind = in.get();
      length = in.getInt();
    } catch (BufferUnderflowException e) {
      throw new CorruptDataException("an answer under trace that ends too early");
    }
    boolean failed = kind == FAILED;
    if (length < 0 || length > in.remaining() || (failed ? length == in.remaining() : kind != 0)) {
      throw new CorruptDataException("no answer under trace");
    }
    ByteBuffer told = in.slice(in.position(), length);
    in.position(in.position() + length);
    int took = 0;
    List<TraceEvent> events = List.of();
    try {
      took = Math.max(0, told.getInt());
      events = events(from, told);
    } catch (CorruptDataException | BufferUnderflowException e) {
      LOGGER.debug("{} told of a request what cannot be read: {}", from, e.toString());
    }
    return failed
        ? new Answer(null, FailureReason.ofCode(in.get() & 0xff), events, took)
        : new Answer(in, null, events, took);
  }

  private static List<TraceEvent> events(NodeAddress from, ByteBuffer in) {
    int count = Math.min(MOST_EVENTS, Payload.readCount(in, LEAST_EVENT_BYTES));
    List<TraceEvent> events = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int at = in.getInt();
      int elapsed = Math.max(0, in.getInt());
      NodeAddress source = in.get() == 0 ? from : Payload.readAddress(in);
      String activity = shortened(Payload.readText(in));
      events.add(new TraceEvent(source, activity, at, elapsed, shortened(Payload.readText(in))));
    }
    return events;
  }

  private static String shortened(String text) {
    return text.length() > MOST_CHARACTERS ? text.substring(0, MOST_CHARACTERS) : text;
  }
}
