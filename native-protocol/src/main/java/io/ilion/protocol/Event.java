package io.ilion.protocol;

import java.net.InetSocketAddress;
import java.util.List;

/** Something that clients which registered for it are told. */
public sealed interface Event {

  /** Returns what has to be registered for to receive this event. */
  Type type();

  /** The kinds of events that a client can register for. */
  enum Type {
    TOPOLOGY_CHANGE,
    STATUS_CHANGE,
    SCHEMA_CHANGE
  }

  /** A node joined or left. */
  record TopologyChange(Change change, InetSocketAddress node) implements Event {
    /** What happened to the node. */
    public enum Change {
      NEW_NODE,
      REMOVED_NODE,
      MOVED_NODE
    }

    @Override
    public Type type() {
      return Type.TOPOLOGY_CHANGE;
    }
  }

  /** A node went up or down. */
  record StatusChange(Status status, InetSocketAddress node) implements Event {
    /** What the node is now. */
    public enum Status {
      UP,
      DOWN
    }

    @Override
    public Type type() {
      return Type.STATUS_CHANGE;
    }
  }

  /**
   * The schema changed.
   *
   * @param change what happened
   * @param target what it happened to
   * @param keyspace the keyspace of it
   * @param name the name of it, null when the target is a keyspace
   * @param argumentTypes the types of a function's or aggregate's arguments, else empty
   */
  record SchemaChange(
      Change change, Target target, String keyspace, String name, List<String> argumentTypes)
      implements Event {
    /** What happened. */
    public enum Change {
      CREATED,
      UPDATED,
      DROPPED
    }

    /** What it happened to. */
    public enum Target {
      KEYSPACE,
      TABLE,
      TYPE,
      FUNCTION,
      AGGREGATE
    }

    /** A change of anything but functions and aggregates. */
    public SchemaChange(Change change, Target target, String keyspace, String name) {
      this(change, target, keyspace, name, List.of());
    }

    @Override
    public Type type() {
      return Type.SCHEMA_CHANGE;
    }
  }
}
