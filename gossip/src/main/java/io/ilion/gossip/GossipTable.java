package io.ilion.gossip;

import io.ilion.gossip.GossipCodec.Digest;
import io.ilion.gossip.GossipCodec.Sent;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.NodeAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * What a node has heard of all others, and whom it believes to be alive: the logic of gossip
 * without time, network or chance of its own. Each method is one step; the time is an argument.
 * What is of an earlier run than what is known, or not newer, is ignored, so messages may be lost,
 * repeated and late.
 *
 * <p>A node of which nothing but old news is heard fades: its status is not passed on after a
 * minute unless it is a member of the cluster, so what everybody forgets nobody is told of.
 */
final class GossipTable {
  /** Above this phi a node counts as down. */
  static final double THRESHOLD = 8;

  /** Above this phi a node is asked directly. */
  private static final double SUSPECT = 1.5;

  private static final int MAX_NODES = 10_000;
  private static final long FADES_NANOS = 60_000_000_000L;
  private static final long FORGOTTEN_NANOS = 600_000_000_000L;

  /** A generation is a time in seconds; one far in the future is nonsense. */
  private static final long MAX_AHEAD_SECONDS = 366 * 86_400L;

  private final int cluster;
  private final long intervalNanos;
  private final Predicate<UUID> isMember;
  private final Predicate<UUID> hasLeft;
  private final Map<UUID, Peer> peers = new LinkedHashMap<>();
  private final List<Liveness> news = new ArrayList<>();
  private final Map<UUID, Optional<NodeStatus>> changes = new LinkedHashMap<>();
  private NodeStatus self;

  /** What was heard of this node at another address, later than this run; null for nothing. */
  private NodeStatus claim;

  private long lastTickNanos;

  /** A node that was heard of. */
  private static final class Peer {
    private NodeStatus status;
    private PhiAccrual detector;
    private boolean alive;

    /** Whether it was alive before. */
    private boolean met;

    Peer(NodeStatus status, PhiAccrual detector) {
      this.status = status;
      this.detector = detector;
    }
  }

  /**
   * A node came to life or ended, or seems to have.
   *
   * @param silentNanos how long it had not been heard of
   */
  record Liveness(NodeStatus status, boolean alive, long silentNanos) {}

  /**
   * A table that knows the node itself.
   *
   * @param self with a generation greater than that of the run before, if possible
   * @param clusterName whose gossip is heard; that of others is ignored
   * @param intervalNanos between two rounds of a node
   * @param isMember whether the metadata have a node that has not left
   * @param hasLeft whether the metadata say that a node has left: it is ignored
   */
  GossipTable(
      NodeStatus self,
      String clusterName,
      long intervalNanos,
      Predicate<UUID> isMember,
      Predicate<UUID> hasLeft,
      long nowNanos) {
    setSelf(self);
    this.cluster = clusterName.hashCode();
    this.intervalNanos = intervalNanos;
    this.isMember = isMember;
    this.hasLeft = hasLeft;
    this.lastTickNanos = nowNanos;
  }

  private void setSelf(NodeStatus status) {
    self = status;
    changes.put(status.hostId(), Optional.of(status));
  }

  /** What is known of a node, or null. */
  NodeStatus status(UUID hostId) {
    Peer peer = peers.get(hostId);
    return hostId.equals(self.hostId()) ? self : peer == null ? null : peer.status;
  }

  /** How suspicious the silence of each node is that was heard of. */
  List<Suspicion> suspicions(long nowNanos) {
    List<Suspicion> all = new ArrayList<>();
    peers.forEach(
        (hostId, peer) ->
            all.add(
                new Suspicion(
                    hostId,
                    peer.detector.phi(nowNanos),
                    nowNanos - peer.detector.lastNanos(),
                    peer.alive)));
    return all;
  }

  /** What changed since this was asked last; empty for what was forgotten. */
  Map<UUID, Optional<NodeStatus>> takeChanges() {
    Map<UUID, Optional<NodeStatus>> taken = new LinkedHashMap<>(changes);
    changes.clear();
    return taken;
  }

  /** Who came to life or ended since this was asked last. */
  List<Liveness> takeNews() {
    List<Liveness> taken = List.copyOf(news);
    news.clear();
    return taken;
  }

  /**
   * A later run of this node that others know of at another address, since this was asked last;
   * null if there is none. It is over, and {@link #defend} is what to do, or it is one of a copy.
   */
  NodeStatus takeClaim() {
    NodeStatus taken = claim;
    claim = null;
    return taken;
  }

  /** Whom to talk to: those believed to be alive, the most suspicious of them, and the others. */
  record Targets(List<NodeAddress> alive, List<NodeAddress> suspects, List<NodeAddress> down) {}

  /** A round begins: the node's heart beats, and silence is judged. */
  Targets tick(long nowNanos, long metadataEpoch, long load, boolean serving, boolean stopping) {
    long stood = nowNanos - lastTickNanos - 2 * intervalNanos;
    lastTickNanos = nowNanos;
    if (stood > 0) {
      peers.values().forEach(peer -> peer.detector.forgive(stood));
    }
    boolean same =
        self.metadataEpoch() == metadataEpoch
            && self.load() == load
            && self.serving() == serving
            && self.stopping() == stopping;
    long heartbeat = self.heartbeat() + 1;
    setSelf(
        new NodeStatus(
            self.hostId(),
            self.generation(),
            heartbeat,
            same ? self.version() : heartbeat,
            self.address(),
            metadataEpoch,
            load,
            serving,
            stopping));
    Targets targets = new Targets(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    Map<NodeAddress, Double> suspicion = new HashMap<>();
    peers.values().removeIf(peer -> isForgotten(peer, nowNanos));
    for (Peer peer : peers.values()) {
      double phi = peer.alive ? peer.detector.phi(nowNanos) : 0;
      if (phi > THRESHOLD) {
        setAlive(peer, false, nowNanos);
      }
      if (!peer.alive) {
        targets.down.add(peer.status.address());
      } else {
        targets.alive.add(peer.status.address());
        if (phi > SUSPECT) {
          targets.suspects.add(peer.status.address());
          suspicion.put(peer.status.address(), phi);
        }
      }
    }
    targets.suspects.sort(Comparator.comparing(suspicion::get, Comparator.reverseOrder()));
    return targets;
  }

  private boolean isForgotten(Peer peer, long nowNanos) {
    UUID hostId = peer.status.hostId();
    long silent = nowNanos - peer.detector.lastNanos();
    boolean forgotten = hasLeft.test(hostId) || silent > FORGOTTEN_NANOS && !isMember.test(hostId);
    if (forgotten) {
      setAlive(peer, false, nowNanos);
      changes.put(hostId, Optional.empty());
    }
    return forgotten;
  }

  private boolean isPassedOn(Peer peer, long nowNanos) {
    return nowNanos - peer.detector.lastNanos() < FADES_NANOS
        || isMember.test(peer.status.hostId());
  }

  private void setAlive(Peer peer, boolean alive, long nowNanos) {
    if (peer.alive != alive) {
      peer.alive = alive;
      peer.met = true;
      news.add(new Liveness(peer.status, alive, nowNanos - peer.detector.lastNanos()));
    }
  }

  /**
   * A node is heard of from some address, where nobody else can be any more: a run that began there
   * earlier has ended, though it is not silent for long. What is sent to it would reach this one.
   */
  private void takesAddress(Peer peer, long nowNanos) {
    for (Peer other : peers.values()) {
      if (other.alive && isAfter(peer.status, other.status)) {
        setAlive(other, false, nowNanos);
      }
    }
  }

  /** Whether a node that lives has the address of another run, which began earlier. */
  private boolean isDisplaced(NodeStatus status) {
    return isAfter(self, status)
        || peers.values().stream().anyMatch(peer -> peer.alive && isAfter(peer.status, status));
  }

  private static boolean isAfter(NodeStatus later, NodeStatus earlier) {
    return later.generation() > earlier.generation()
        && !later.hostId().equals(earlier.hostId())
        && later.address().equals(earlier.address());
  }

  /** The message that begins a round. */
  byte[] digests(long nowNanos) {
    ByteSink out = GossipCodec.begin(GossipCodec.DIGESTS, cluster);
    List<Digest> digests = new ArrayList<>(peers.size() + 1);
    digests.add(Digest.of(self));
    for (Peer peer : peers.values()) {
      if (isPassedOn(peer, nowNanos)) {
        digests.add(Digest.of(peer.status));
      }
    }
    GossipCodec.writeDigests(out, digests);
    return out.toByteArray();
  }

  /** The message that tells of this node alone, such as that it stops. */
  byte[] ownStatus() {
    ByteSink out = GossipCodec.begin(GossipCodec.STATUSES, cluster);
    GossipCodec.writeStatuses(out, List.of(new Sent(self, null)));
    return out.toByteArray();
  }

  /**
   * Takes a message that another node sent.
   *
   * @return the answer, or null if it wants none
   */
  byte[] receive(NodeAddress from, ByteBuffer in, long nowNanos, long wallSeconds) {
    return switch (GossipCodec.kind(in, cluster)) {
      case GossipCodec.DIGESTS -> reply(GossipCodec.readDigests(in), nowNanos);
      case GossipCodec.STATUSES -> {
        merge(from, GossipCodec.readStatuses(in), nowNanos, wallSeconds);
        yield null;
      }
      default -> null;
    };
  }

  private byte[] reply(Collection<Digest> digests, long nowNanos) {
    Map<UUID, Digest> theirs = HashMap.newHashMap(digests.size());
    digests.forEach(digest -> theirs.put(digest.hostId(), digest));
    List<Sent> newer = new ArrayList<>();
    newerThan(self, theirs.get(self.hostId()), newer);
    for (Peer peer : peers.values()) {
      if (isPassedOn(peer, nowNanos)) {
        newerThan(peer.status, theirs.get(peer.status.hostId()), newer);
      }
    }
    List<Digest> wanted = new ArrayList<>();
    for (Digest digest : digests) {
      NodeStatus mine = status(digest.hostId());
      if (mine == null) {
        wanted.add(new Digest(digest.hostId(), 0, 0));
      } else if (digest.generation() > mine.generation()
          || digest.generation() == mine.generation() && digest.heartbeat() > mine.heartbeat()) {
        wanted.add(Digest.of(mine));
      }
    }
    ByteSink out = GossipCodec.beginReply();
    GossipCodec.writeStatuses(out, newer);
    GossipCodec.writeDigests(out, wanted);
    return out.toByteArray();
  }

  /** Adds what somebody does not know yet of a node, by the digest of what it knows. */
  private static void newerThan(NodeStatus status, Digest known, List<Sent> out) {
    if (known == null) {
      out.add(new Sent(status, null));
    } else if (status.isNewerThan(known.generation(), known.heartbeat())) {
      boolean whole =
          status.generation() != known.generation() || status.version() > known.heartbeat();
      out.add(whole ? new Sent(status, null) : new Sent(null, Digest.of(status)));
    }
  }

  /**
   * Takes the answer to {@link #digests}.
   *
   * @return the message with what the other wants to know, or null if that is nothing
   */
  byte[] answered(NodeAddress from, ByteBuffer in, long nowNanos, long wallSeconds) {
    GossipCodec.Reply reply = GossipCodec.readReply(in);
    merge(from, reply.statuses(), nowNanos, wallSeconds);
    List<Sent> wanted = new ArrayList<>();
    for (Digest digest : reply.wanted()) {
      NodeStatus mine = status(digest.hostId());
      if (mine != null) {
        newerThan(mine, digest.generation() == 0 ? null : digest, wanted);
      }
    }
    if (wanted.isEmpty()) {
      return null;
    }
    ByteSink out = GossipCodec.begin(GossipCodec.STATUSES, cluster);
    GossipCodec.writeStatuses(out, wanted);
    return out.toByteArray();
  }

  private void merge(NodeAddress from, List<Sent> statuses, long nowNanos, long wallSeconds) {
    for (Sent sent : statuses) {
      UUID hostId = sent.status() == null ? sent.heartbeat().hostId() : sent.status().hostId();
      Peer peer = peers.get(hostId);
      NodeStatus status = sent.status();
      if (status == null && peer != null) {
        Digest beat = sent.heartbeat();
        boolean same =
            beat.generation() == peer.status.generation()
                && beat.heartbeat() > peer.status.heartbeat();
        status = same ? peer.status.withHeartbeat(beat.heartbeat()) : null;
      }
      boolean usable =
          status != null
              && !hasLeft.test(hostId)
              && status.generation() - wallSeconds < MAX_AHEAD_SECONDS;
      if (usable && hostId.equals(self.hostId())) {
        if (status.address().equals(self.address())) {
          defend(status);
        } else if (status.isNewerThan(self.generation(), self.heartbeat())) {
          claim = status;
        }
      } else if (usable) {
        merge(peer, status, status.address().equals(from), nowNanos);
      }
    }
  }

  /**
   * Others know of a later run of this node than this one: the clock went back since. This run must
   * be the later one.
   */
  void defend(NodeStatus said) {
    if (said.isNewerThan(self.generation(), self.heartbeat())) {
      setSelf(
          new NodeStatus(
              self.hostId(),
              said.generation() + 1,
              self.heartbeat(),
              self.heartbeat(),
              self.address(),
              self.metadataEpoch(),
              self.load(),
              self.serving(),
              self.stopping()));
    }
  }

  /**
   * Goes on to what was heard of a node.
   *
   * @param isOwn whether the node itself told it
   */
  private void merge(Peer known, NodeStatus status, boolean isOwn, long nowNanos) {
    Peer peer = known;
    boolean isNew = peer == null;
    if (isNew) {
      if (peers.size() == MAX_NODES) {
        return;
      }
      peer = new Peer(status, new PhiAccrual(intervalNanos, nowNanos));
      peers.put(status.hostId(), peer);
    } else if (status.isNewerThan(peer.status.generation(), peer.status.heartbeat())) {
      if (status.generation() > peer.status.generation()) {
        setAlive(peer, false, nowNanos);
        peer.detector = new PhiAccrual(intervalNanos, nowNanos);
      } else {
        peer.detector.heard(nowNanos);
      }
    } else if (peer.met || !isOwn || !status.equals(peer.status)) {
      return;
    }
    boolean stays = peer.alive && peer.status.address().equals(status.address());
    peer.status = status;
    changes.put(status.hostId(), Optional.of(status));
    // What others tell for the first time may be old: such a node lives when its heart beats again.
    if (isNew && !isOwn) {
      return;
    }
    setAlive(peer, !status.stopping() && (stays || !isDisplaced(status)), nowNanos);
    if (!stays && peer.alive) {
      takesAddress(peer, nowNanos);
    }
  }
}
