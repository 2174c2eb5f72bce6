package io.ilion.server.netty;

import io.ilion.protocol.Event;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one lane holds of client connections: those that it owns, and the answers that it has given
 * during this turn to its own and to others'. Owned by the lane.
 *
 * <p>Answers travel together: those for connections of this lane are written at the end of the turn
 * with one flush for each connection, those for connections of another lane are handed over as one
 * task for each other lane.
 */
final class LaneMailbox {
  /** After so many answers of one turn the time is looked at; a power of two. */
  private static final int LOOK = 64;

  /** A turn that has taken so long is not waited for. */
  private static final long LONG_TURN_NANOS = 4_000_000;

  private final Lane lane;
  private final LaneMailbox[] all;
  private final RequestBudget.Share budget;
  private final BufferBudget buffers;
  private final LaneAdmission admission;
  private final Clock clock;
  private final Set<ClientConnection> connections = new LinkedHashSet<>();
  private final Map<RequestBudget, AddressShare> addressShares = new HashMap<>();
  private List<Slot> written = new ArrayList<>();
  private List<Slot> spare = new ArrayList<>();
  private final List<AnswerChannel> unflushed = new ArrayList<>();
  private final List<List<Delivery>> outgoing = new ArrayList<>();

  // Made once: where the compiler does not see through a lambda, it is made by the virtual machine.
  private final Runnable deliver = this::deliver;
  private final Runnable flushAll = this::flushAll;

  private boolean deliveryScheduled;
  private boolean flushScheduled;

  /** The answers that this lane has given. */
  private int answers;

  /** When this lane gave the first answer that was not delivered; meaningful while there is one. */
  private long turnNanos;

  /** Whether a connection of this lane is about to give requests to the service. */
  private boolean submitting;

  /** When it was last looked, if that was in this turn. */
  private long lookedNanos;

  private boolean hasLooked;

  /**
   * The answers that one lane has given to one connection during this turn. Owned by that lane.
   *
   * <p>The buffer is shared by all of them; the requests and bytes are what they settle.
   */
  static final class Slot {
    private static final int MOST_FIRST_BYTES = 64 << 10;

    final AnswerChannel connection;
    ByteBuf buffer;

    /** How large to begin: turns of a connection are alike, and growing means copying. */
    int firstBytes = AnswerChannel.FIRST_BUFFER_BYTES;

    int requests;
    long bytes;
    boolean isWritten;

    Slot(AnswerChannel connection) {
      this.connection = connection;
    }

    /** Takes out the buffer, which is there. */
    ByteBuf takeBuffer() {
      ByteBuf full = buffer;
      buffer = null;
      int bytes = Math.min(full.readableBytes(), MOST_FIRST_BYTES);
      firstBytes = Math.max(AnswerChannel.FIRST_BUFFER_BYTES, Integer.highestOneBit(2 * bytes - 1));
      return full;
    }

    /** Takes out what is to be delivered, or null when there is nothing. */
    private Delivery take() {
      if (buffer == null) {
        return null;
      }
      Delivery delivery = new Delivery(connection, takeBuffer(), requests, bytes);
      requests = 0;
      bytes = 0;
      return delivery;
    }
  }

  /** The part of an address's budget that this lane has drawn, for its connections from there. */
  private static final class AddressShare {
    final RequestBudget.Share share;
    int connections;

    AddressShare(RequestBudget.Share share) {
      this.share = share;
    }
  }

  /** Answers on their way to the lane of their connection. */
  private record Delivery(AnswerChannel connection, ByteBuf buffer, int requests, long bytes)
      implements Runnable {
    @Override
    public void run() {
      connection.deliver(buffer, requests, bytes);
    }
  }

  LaneMailbox(
      Lane lane,
      LaneMailbox[] all,
      RequestBudget budget,
      BufferBudget buffers,
      LaneAdmission admission,
      Clock clock) {
    this.lane = lane;
    this.all = all;
    this.budget = budget.new Share();
    this.buffers = buffers;
    this.admission = admission;
    this.clock = clock;
    for (int i = 0; i < all.length; i++) {
      outgoing.add(new ArrayList<>());
    }
  }

  Lane lane() {
    return lane;
  }

  RequestBudget.Share budget() {
    return budget;
  }

  BufferBudget buffers() {
    return buffers;
  }

  LaneAdmission admission() {
    return admission;
  }

  /** Closes the connections of this lane that hold the most, until all hold no more than may be. */
  void closeLargest() {
    while (buffers.isExceeded()) {
      ClientConnection largest = null;
      for (ClientConnection connection : connections) {
        if (largest == null || connection.heldBytes() > largest.heldBytes()) {
          largest = connection;
        }
      }
      if (largest == null || largest.heldBytes() == 0) {
        return;
      }
      largest.closeForMemory();
    }
  }

  Set<ClientConnection> connections() {
    return connections;
  }

  /** The share of this lane in the budget of an address, for one more connection from there. */
  RequestBudget.Share openShare(RequestBudget ofAddress) {
    AddressShare share =
        addressShares.computeIfAbsent(ofAddress, b -> new AddressShare(b.new Share()));
    share.connections++;
    return share.share;
  }

  /** A connection from an address has ended. */
  void closeShare(RequestBudget ofAddress) {
    AddressShare share = addressShares.get(ofAddress);
    if (--share.connections == 0) {
      addressShares.remove(ofAddress);
      share.share.close();
    }
  }

  /** Notes that a slot of this lane holds answers that have to be delivered. */
  void markWritten(Slot slot) {
    if (!slot.isWritten) {
      slot.isWritten = true;
      written.add(slot);
      if (!deliveryScheduled) {
        deliveryScheduled = true;
        lane.execute(deliver);
        turnNanos = clock.nanoTime();
      }
    }
  }

  /**
   * A request was answered. If the turn takes long, what was written so far need not wait until it
   * ends.
   */
  void answered() {
    if ((++answers & LOOK - 1) != 0) {
      return;
    }
    long now = clock.nanoTime();
    if (hasLooked) {
      admission.took(LOOK, now - lookedNanos);
    }
    if (!submitting && now - turnNanos > LONG_TURN_NANOS) {
      deliver();
    }
    hasLooked = true;
    lookedNanos = now;
  }

  /**
   * A connection gives requests to the service. What is answered at once is under way all the same
   * until the turn ends: the connection would not be refused more than a turn can do otherwise.
   */
  void submitting(boolean begins) {
    submitting = begins;
  }

  private boolean isLongTurn() {
    return deliveryScheduled && clock.nanoTime() - turnNanos > LONG_TURN_NANOS;
  }

  /**
   * The end of a turn: everything that was written goes on its way. Delivering may let a connection
   * read on and so bring new answers; those are for the next turn.
   */
  private void deliver() {
    hasLooked = false;
    deliveryScheduled = false;
    List<Slot> slots = written;
    written = spare;
    for (int i = 0; i < slots.size(); i++) {
      Slot slot = slots.get(i);
      slot.isWritten = false;
      Delivery delivery = slot.take();
      if (delivery == null) {
        continue;
      }
      int target = delivery.connection.lane();
      if (target == lane.index()) {
        delivery.run();
      } else {
        outgoing.get(target).add(delivery);
      }
    }
    slots.clear();
    spare = slots;
    for (int target = 0; target < outgoing.size(); target++) {
      if (!outgoing.get(target).isEmpty()) {
        List<Delivery> deliveries = outgoing.get(target);
        outgoing.set(target, new ArrayList<>());
        LaneMailbox mailbox = all[target];
        mailbox.lane.execute(() -> mailbox.receive(deliveries));
      }
    }
    flushAll();
  }

  /** Sends what a slot of this lane holds on its way before the turn ends, because it is much. */
  void sendAhead(Slot slot) {
    Delivery delivery = slot.take();
    int target = slot.connection.lane();
    if (target == lane.index()) {
      delivery.run();
      slot.connection.flush();
    } else {
      LaneMailbox mailbox = all[target];
      mailbox.lane.execute(() -> mailbox.receive(List.of(delivery)));
    }
  }

  private void receive(List<Delivery> deliveries) {
    for (Delivery delivery : deliveries) {
      delivery.run();
    }
    if (isLongTurn()) {
      flushAll();
    } else if (!flushScheduled && !unflushed.isEmpty()) {
      flushScheduled = true;
      lane.execute(flushAll);
    }
  }

  /** Notes that a connection of this lane has to be flushed before the turn ends. */
  void markUnflushed(AnswerChannel connection) {
    unflushed.add(connection);
  }

  private void flushAll() {
    flushScheduled = false;
    for (int i = 0; i < unflushed.size(); i++) {
      unflushed.get(i).flush();
    }
    unflushed.clear();
  }

  /** Passes an event to all connections of this lane. */
  void publish(Event event) {
    for (ClientConnection connection : connections) {
      connection.notice(event);
    }
  }
}
