package io.ilion.runtime.simulated;

import io.ilion.runtime.NodeAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/**
 * Machines, their disks and the network between them, driven by one queue of events on the calling
 * thread. Events are ordered by virtual time; of those at one time the seed decides, as it decides
 * every delay. So a seed replays a run exactly, which {@link #hash} shows, provided that the code
 * under test keeps to the seams.
 *
 * <p>Time passes only between events and by what a disk takes; a task that runs long costs nothing.
 * A task that waits for a slow disk holds up nobody but whoever it runs on: it reads its clock, its
 * disk and its memory as they are when it begins, and what it gives to others it gives to them as
 * much later as its disk has taken by then.
 */
public final class SimulatedWorld {
  private static final long MAX_STEPS = 20_000_000;
  private static final long HASH_PRIME = 0x9E37_79B9_7F4A_7C15L;

  private final SimulatedRandom random;
  private final PriorityQueue<Event> queue = new PriorityQueue<>();
  private final Map<NodeAddress, SimulatedNode> nodes = new LinkedHashMap<>();
  private final SimulatedNetwork network;
  private long now = 1;
  private long elapsed;
  private long sequence;
  private long events;
  private long hash = HASH_PRIME;

  /** A world without nodes. */
  public SimulatedWorld(long seed) {
    random = new SimulatedRandom(seed);
    network = new SimulatedNetwork(this, random.split());
  }

  /** Something that happens at a time, unless its owner has ended by then. */
  static final class Event implements Comparable<Event> {
    private final long at;
    private final int tie;
    private final long sequence;
    private final BooleanSupplier wanted;
    private final int kind;
    private final Runnable task;

    private Event(
        long at, int tie, long sequence, BooleanSupplier wanted, int kind, Runnable task) {
      this.at = at;
      this.tie = tie;
      this.sequence = sequence;
      this.wanted = wanted;
      this.kind = kind;
      this.task = task;
    }

    @Override
    public int compareTo(Event other) {
      int order = Long.compare(at, other.at);
      if (order == 0) {
        order = Integer.compare(tie, other.tie);
      }
      return order != 0 ? order : Long.compare(sequence, other.sequence);
    }
  }

  /** Adds a machine with an empty disk; nothing runs on it yet. */
  public SimulatedNode addNode(NodeAddress address) {
    SimulatedNode node = new SimulatedNode(this, address, nodes.size(), random.split());
    if (nodes.putIfAbsent(address, node) != null) {
      throw new IllegalArgumentException("there is a node at " + address);
    }
    return node;
  }

  /** Adds a machine under an address of the world's choice. */
  public SimulatedNode addNode() {
    return addNode(new NodeAddress("node" + nodes.size(), 7000));
  }

  /** The machines in the order in which they came. */
  Map<NodeAddress, SimulatedNode> nodes() {
    return nodes;
  }

  /** The network between the nodes, and its faults. */
  public SimulatedNetwork network() {
    return network;
  }

  /**
   * The time of the world in nanoseconds since its beginning; within a task, how far that task has
   * come with what its disk took.
   */
  public long nanos() {
    return now + elapsed;
  }

  /** When the task began that runs now: no task that comes after it sees less. */
  long begun() {
    return now;
  }

  /** Lets the task that runs now take a while. */
  void elapse(long nanos) {
    elapsed += nanos;
  }

  /** Puts an event into the queue. */
  void schedule(long delayNanos, BooleanSupplier wanted, int kind, Runnable task) {
    long at = nanos() + Math.max(0, delayNanos);
    queue.add(new Event(at, random.below(Integer.MAX_VALUE), sequence++, wanted, kind, task));
  }

  /**
   * Gives something to others when the task that runs now has come so far: at once if no disk was
   * slow. What one task gives keeps its order.
   */
  void give(BooleanSupplier wanted, int kind, Runnable task) {
    if (elapsed == 0) {
      task.run();
    } else {
      queue.add(new Event(nanos(), 0, sequence++, wanted, kind, task));
    }
  }

  /** Runs a task of the test's own after a delay, for faults that come at their time. */
  public void after(long delayNanos, Runnable task) {
    schedule(delayNanos, () -> true, 0, task);
  }

  /** Makes something a part of what {@link #hash} tells apart. */
  void note(long value) {
    hash = Long.rotateLeft(hash ^ value, 23) * HASH_PRIME;
  }

  /** Lets the next event happen. False if nothing is left to happen. */
  public boolean step() {
    Event event = queue.poll();
    if (event == null) {
      return false;
    }
    // What a test does to a disk between events holds up everything.
    now = Math.max(nanos(), event.at);
    elapsed = 0;
    if (event.wanted.getAsBoolean()) {
      events++;
      note(event.at ^ (long) event.kind << 56);
      try {
        event.task.run();
      } catch (SimulatedCrash e) {
        note(e.getMessage().hashCode());
      } finally {
        elapsed = 0;
      }
    }
    return true;
  }

  /**
   * Lets events happen until something holds.
   *
   * @throws AssertionError if nothing is left to happen, or far too much has happened
   */
  public void until(BooleanSupplier condition) {
    for (long i = 0; !condition.getAsBoolean(); i++) {
      if (i > MAX_STEPS || !step()) {
        throw new AssertionError("nothing more happens, and it is not done");
      }
    }
  }

  /** Lets everything happen that happens within a time. */
  public void run(long nanos) {
    long end = nanos() + nanos;
    while (!queue.isEmpty() && queue.peek().at <= end) {
      step();
    }
    now = Math.max(now, end);
    elapsed = 0;
  }

  /** Lets events happen until a stage completes, and returns its result. */
  public <T> T await(CompletionStage<T> stage) {
    until(() -> stage.toCompletableFuture().isDone());
    return stage.toCompletableFuture().join();
  }

  /** The number of events that have happened. */
  public long events() {
    return events;
  }

  /** A hash over every event, call of a disk and message so far. */
  public long hash() {
    return hash;
  }
}
