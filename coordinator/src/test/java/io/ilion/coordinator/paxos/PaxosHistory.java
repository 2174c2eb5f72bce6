package io.ilion.coordinator.paxos;

import io.ilion.coordinator.replica.ReplicaArithmetic;
import io.ilion.model.Consistency;
import io.ilion.model.ring.ReplicationStrategy;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.runtime.simulated.check.ClientHistory;
import io.ilion.runtime.simulated.check.ClientHistory.Operation;
import io.ilion.runtime.simulated.check.ConditionalRegister;
import io.ilion.runtime.simulated.check.ConditionalRegister.Answer;
import io.ilion.runtime.simulated.check.ConditionalRegister.Request;
import io.ilion.runtime.simulated.check.LinearizabilityChecker;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Clients of a cluster that sets and reads registers while nodes crash and restart, links lose,
 * delay and repeat, and clocks differ and jump; then everything heals, and the clients must get on.
 */
final class PaxosHistory {
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000 * MILLI;
  private static final int MAX_CONFIGURATIONS = 200_000;

  private final long seed;
  private final SimulatedRandom random;
  private final SimulatedWorld world;
  private final PaxosCluster cluster;
  private final ClientHistory<String, Request, Answer> history = new ClientHistory<>();
  private final Map<String, Object> lastSeen = new HashMap<>();
  private final int registers;
  private long nextValue;
  private int known;
  private int applied;
  private final boolean stormy;
  private final CommitLevel level;
  private boolean calm;

  PaxosHistory(long seed, PaxosCluster.Defects defects) {
    this.seed = seed;
    random = new SimulatedRandom(seed);
    world = new SimulatedWorld(random.bits());
    cluster = new PaxosCluster(world, random.oneIn(3) ? 5 : 3, defects);
    registers = 1 + random.below(3);
    stormy = random.oneIn(3);
    level =
        new CommitLevel(
            new ReplicaArithmetic(new ReplicationStrategy.Simple(cluster.members.size()), "dc1"),
            random.oneIn(2) ? Consistency.QUORUM : Consistency.ONE);
    boolean skewed = random.oneIn(2);
    for (PaxosCluster.Member member : cluster.members) {
      if (skewed) {
        member.machine.clock().jump(random.between(-120, 120) * 1_000_000);
        member.machine.clock().setDrift((int) random.between(-500, 500));
      }
      member.start(1 + random.below(2));
    }
  }

  /** Runs it; what the checker says is the result. */
  LinearizabilityChecker.Result run(long millis) {
    int clients = 2 + random.below(5);
    for (int i = 0; i < clients; i++) {
      world.after(random.between(0, 50 * MILLI), this::next);
    }
    if (random.below(4) > 0) {
      world.network().setFaults(LinkFaults.BAD);
    }
    boolean crashes = random.below(4) > 0;
    boolean cuts = random.oneIn(2);
    world.after(random.between(10, 200) * MILLI, () -> trouble(crashes, cuts));
    world.run(millis * MILLI);
    calm = true;
    world.network().heal();
    world.network().setFaults(LinkFaults.NONE);
    for (PaxosCluster.Member member : cluster.members) {
      if (!member.machine.isRunning()) {
        member.start(1 + random.below(2));
      }
    }
    world.run(10 * SECOND);
    readAll();
    return new LinearizabilityChecker<>(new ConditionalRegister(), MAX_CONFIGURATIONS)
        .check(history);
  }

  /** When the trouble is over every register can be read through every node. */
  private void readAll() {
    int[] left = new int[1];
    for (PaxosCluster.Member member : cluster.members) {
      for (int i = 0; i < registers; i++) {
        String register = "r" + i;
        left[0]++;
        Operation<Request, Answer> operation = history.call(register, Request.READ);
        member.execute(
            register,
            Request.READ,
            level,
            5 * SECOND,
            (answer, failure) -> {
              if (failure != null) {
                throw new AssertionError(this + ": no progress in the end", failure);
              }
              history.answered(operation, answer);
              left[0]--;
            });
      }
    }
    world.until(() -> left[0] == 0);
  }

  private void next() {
    if (calm) {
      return;
    }
    PaxosCluster.Member member = cluster.members.get(random.below(cluster.members.size()));
    if (!member.machine.isRunning()) {
      world.after(random.between(1, 100) * MILLI, this::next);
      return;
    }
    String register = "r" + random.below(registers);
    Request request =
        random.oneIn(3)
            ? Request.READ
            : new Request(random.oneIn(8) ? "none" : lastSeen.get(register), "v" + nextValue++);
    Operation<Request, Answer> operation = history.call(register, request);
    boolean[] over = new boolean[1];
    long timeout = random.between(100, 2_000) * MILLI;
    member.execute(
        register,
        request,
        level,
        timeout,
        (answer, failure) -> {
          if (over[0]) {
            return;
          }
          over[0] = true;
          ended(register, request, operation, answer, failure);
          world.after(random.between(0, 30 * MILLI), this::next);
        });
    // The node may end, and nobody answers; nor does every client wait.
    world.after(
        random.oneIn(2) ? timeout + SECOND : random.between(10, 300) * MILLI,
        () -> {
          if (!over[0]) {
            over[0] = true;
            next();
          }
        });
  }

  private void ended(
      String register,
      Request request,
      Operation<Request, Answer> operation,
      Answer answer,
      Throwable failure) {
    if (failure != null) {
      if (!(failure instanceof PaxosException expected)) {
        throw new AssertionError(this + ": " + failure, failure);
      }
      if (!expected.isUnknown()) {
        history.refused(operation);
      }
      return;
    }
    known++;
    history.answered(operation, answer);
    if (answer.applied()) {
      applied++;
      lastSeen.put(register, request.value());
    } else {
      lastSeen.put(register, answer.found());
    }
  }

  private void trouble(boolean crashes, boolean cuts) {
    if (calm) {
      return;
    }
    PaxosCluster.Member member = cluster.members.get(random.below(cluster.members.size()));
    switch (random.below(stormy ? 8 : 5)) {
      case 0 -> {
        if (crashes) {
          if (random.oneIn(2)) {
            member.machine.crash();
          } else {
            member.machine.kill();
          }
          world.after(
              random.between(1, 1_500) * MILLI,
              () -> {
                if (!calm && !member.machine.isRunning()) {
                  member.start(1 + random.below(2));
                }
              });
        }
      }
      case 1 -> {
        if (cuts) {
          Set<NodeAddress> some = new HashSet<>();
          Set<NodeAddress> others = new HashSet<>();
          List<PaxosCluster.Member> all = cluster.members;
          all.forEach(m -> (random.oneIn(2) ? some : others).add(m.info.address()));
          world.network().partition(some, others);
          if (random.oneIn(3)) {
            world
                .network()
                .cut(all.get(0).info.address(), all.get(random.below(2) + 1).info.address());
          }
          world.after(random.between(50, 2_000) * MILLI, () -> world.network().heal());
        }
      }
      case 2 -> member.machine.clock().jump(random.between(-5_000, 5_000) * 1_000);
      case 3 -> world.network().setFaults(random.oneIn(2) ? LinkFaults.BAD : LinkFaults.NONE);
      default -> {
        if (crashes) {
          powerFailure();
        }
      }
    }
    world.after(
        random.between(stormy ? 2 : 20, stormy ? 60 : 600) * MILLI, () -> trouble(crashes, cuts));
  }

  /** Some nodes fail together, and are back soon: before those who wait for them give up. */
  private void powerFailure() {
    boolean all = random.oneIn(2);
    for (PaxosCluster.Member member : cluster.members) {
      if (all || random.oneIn(3)) {
        member.machine.crash();
        world.after(
            random.between(10_000, 5 * MILLI),
            () -> {
              if (!member.machine.isRunning()) {
                member.start(1 + random.below(2));
              }
            });
      }
    }
  }

  int known() {
    return known;
  }

  int applied() {
    return applied;
  }

  long hash() {
    return world.hash();
  }

  @Override
  public String toString() {
    return "seed " + seed;
  }
}
