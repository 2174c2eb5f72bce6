package io.ilion.coordinator.repair;

import io.ilion.coordinator.replica.read.RangePages;
import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.NodeAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Finds where the replicas of one part differ, and makes them equal there. Leaves that differ are
 * compared again by their parts while few of them do and they hold much: so one row that is missing
 * moves few others. Of lane 0; of each replica it holds one tree at a time.
 */
final class RepairComparison {
  private static final long TREE_TIMEOUT_NANOS = 3_600_000_000_000L;

  /** If more of the leaves differ, it is cheaper to move them than to look closer. */
  private static final int REFINED_SHARE = 8;

  private static final int LEAST_LEAVES = 16;

  private final RepairRun run;
  private final Repairs repairs;
  private final RepairRun.Part part;
  private final TableDefinition table;
  private final long purgeBeforeSeconds;
  private final boolean gently;
  private final ArrayDeque<Probe> probes = new ArrayDeque<>();
  private final List<Difference> differences = new ArrayList<>();
  private Consumer<Result> done;
  private MerkleTree firstOwn;
  private long bytes;

  /**
   * What was found and done.
   *
   * @param differing the number of leaves that differed at the end
   */
  record Result(int differing, long bytes) {}

  /**
   * A range to be compared.
   *
   * @param holds how many bytes the leaf holds that it was before; Long.MAX_VALUE of the first
   */
  private record Probe(TokenRange range, int leaves, long holds) {}

  /** Where others have not what this node has. */
  private record Difference(TokenRange range, Set<NodeInfo> others) {}

  RepairComparison(
      RepairRun run,
      Repairs repairs,
      RepairRun.Part part,
      TableDefinition table,
      long purgeBeforeSeconds,
      boolean gently) {
    this.run = run;
    this.repairs = repairs;
    this.part = part;
    this.table = table;
    this.purgeBeforeSeconds = purgeBeforeSeconds;
    this.gently = gently;
  }

  void begin(Consumer<Result> then) {
    done = then;
    probes.add(new Probe(part.range(), repairs.limits.leaves(), Long.MAX_VALUE));
    next();
  }

  private void next() {
    if (run.isCancelled()) {
      run.fail(table, new Repairs.RepairException("the repair was cancelled", false));
      return;
    }
    Probe probe = probes.poll();
    if (probe == null) {
      giveToComing(errands());
      return;
    }
    List<NodeInfo> asked = new ArrayList<>(part.others());
    asked.add(repairs.view.self());
    Map<NodeInfo, MerkleTree> trees = new HashMap<>();
    for (NodeInfo node : asked) {
      tree(
          node,
          probe.range,
          probe.leaves,
          tree -> {
            trees.put(node, tree);
            if (trees.size() == asked.size()) {
              compare(probe, trees);
            }
          });
    }
  }

  private void tree(NodeInfo node, TokenRange range, int leaves, Consumer<MerkleTree> then) {
    RepairMessages.Tree request =
        new RepairMessages.Tree(table.id(), range, leaves, purgeBeforeSeconds, gently);
    run.ask(
        node,
        Verb.REPAIR_TREE,
        request.encode(),
        TREE_TIMEOUT_NANOS,
        answer -> then.accept(request.decodeAnswer(answer)));
  }

  private void compare(Probe probe, Map<NodeInfo, MerkleTree> trees) {
    MerkleTree own = trees.get(repairs.view.self());
    if (firstOwn == null) {
      firstOwn = own;
    }
    List<MerkleTree> theirs = part.others().stream().map(trees::get).toList();
    List<Difference> found = new ArrayList<>();
    List<Long> holds = new ArrayList<>();
    int filled = 0;
    for (int leaf = 0; leaf < probe.leaves; leaf++) {
      long most = own.bytes(leaf);
      boolean differs = false;
      for (MerkleTree tree : theirs) {
        most = Math.max(most, tree.bytes(leaf));
        differs |= own.differs(tree, leaf);
      }
      filled += most > 0 ? 1 : 0;
      if (differs) {
        found.add(difference(leaf, own, theirs));
        holds.add(most);
      }
    }
    boolean few = found.size() == 1 || (long) found.size() * REFINED_SHARE <= filled;
    for (int i = 0; i < found.size(); i++) {
      Difference difference = found.get(i);
      TokenRange range = difference.range;
      long most = holds.get(i);
      // A leaf that is nearly all of what was cut up has one large partition, which stays whole.
      boolean shrinks = most <= probe.holds / 4 * 3;
      if (few
          && shrinks
          && most > repairs.limits.refineBytes()
          && range.end() - range.start() != 1) {
        int leaves =
            (int)
                Math.clamp(
                    most * 4 / repairs.limits.refineBytes(),
                    LEAST_LEAVES,
                    repairs.limits.leaves() < LEAST_LEAVES
                        ? LEAST_LEAVES
                        : repairs.limits.leaves());
        probes.add(new Probe(range, leaves, most));
      } else {
        add(difference);
      }
    }
    next();
  }

  private Difference difference(int leaf, MerkleTree own, List<MerkleTree> theirs) {
    Set<NodeInfo> others = new LinkedHashSet<>();
    for (int i = 0; i < theirs.size(); i++) {
      if (own.differs(theirs.get(i), leaf)) {
        others.add(part.others().get(i));
      }
    }
    return new Difference(own.range(leaf), others);
  }

  /** Adds a difference; to the one before it if it goes on there. */
  private void add(Difference difference) {
    Difference last = differences.isEmpty() ? null : differences.getLast();
    if (last != null
        && last.range.end() == difference.range.start()
        && last.others.equals(difference.others)) {
      differences.set(
          differences.size() - 1,
          new Difference(new TokenRange(last.range.start(), difference.range.end()), last.others));
    } else {
      differences.add(difference);
    }
  }

  /** A node is to take ranges from another one. */
  private record Errand(NodeInfo node, NodeAddress source) {}

  /**
   * What those take who are about to be replicas of what differs: whatever any replica has of it,
   * before another one has it. They may have fetched what they will own before; so if this repair
   * does not come to its end, no quorum of the replicas of now has what one of those to come lacks.
   */
  private Map<Errand, List<TokenRange>> errands() {
    Map<Errand, List<TokenRange>> errands = new LinkedHashMap<>();
    if (differences.isEmpty()) {
      return errands;
    }
    KeyspaceReplicas replicas = repairs.view.replicas(run.request().keyspace());
    for (TokenRange range : replicas.ranges()) {
      for (NodeInfo coming : replicas.of(range.end()).pending()) {
        for (TokenRange within : RangePages.parts(range)) {
          for (Difference difference : differences) {
            TokenRange common = Repairs.common(within, difference.range);
            if (common != null) {
              add(errands, coming, repairs.messenger.self(), common);
              difference.others.forEach(node -> add(errands, coming, node.address(), common));
            }
          }
        }
      }
    }
    return errands;
  }

  private static void add(
      Map<Errand, List<TokenRange>> errands, NodeInfo node, NodeAddress source, TokenRange range) {
    if (!node.address().equals(source)) {
      errands.computeIfAbsent(new Errand(node, source), e -> new ArrayList<>()).add(range);
    }
  }

  private void giveToComing(Map<Errand, List<TokenRange>> errands) {
    if (errands.isEmpty()) {
      fetch();
      return;
    }
    int[] open = {errands.size()};
    errands.forEach(
        (errand, ranges) ->
            run.sync(
                errand.node,
                new RepairMessages.Sync(table.id(), errand.source, ranges).encode(),
                answer -> {
                  bytes += RepairMessages.Sync.decodeAnswer(answer);
                  if (--open[0] == 0) {
                    fetch();
                  }
                }));
  }

  /** Fetches what others have, from one after the other. */
  private void fetch() {
    if (differences.isEmpty()) {
      done.accept(new Result(0, 0));
      return;
    }
    Map<NodeInfo, List<TokenRange>> of = new LinkedHashMap<>();
    for (Difference difference : differences) {
      for (NodeInfo other : difference.others) {
        of.computeIfAbsent(other, node -> new ArrayList<>()).add(difference.range);
      }
    }
    fetch(new ArrayDeque<>(of.entrySet()));
  }

  private void fetch(ArrayDeque<Map.Entry<NodeInfo, List<TokenRange>>> left) {
    Map.Entry<NodeInfo, List<TokenRange>> one = left.poll();
    if (one == null) {
      learn();
      return;
    }
    repairs.service.fetch(
        new RepairMessages.Sync(table.id(), one.getKey().address(), one.getValue()),
        (count, failure) -> {
          if (failure != null) {
            run.fail(table, failure);
          } else if (run.isAt(table)) {
            bytes += count;
            fetch(left);
          }
        });
  }

  /**
   * Who was equal to this node lacks only what this node has learned; it is looked for if there may
   * be much.
   */
  private void learn() {
    boolean all = differences.stream().allMatch(d -> d.others.size() == part.others().size());
    if (all || bytes < repairs.limits.refineBytes()) {
      give(range -> true);
      return;
    }
    tree(
        repairs.view.self(),
        part.range(),
        repairs.limits.leaves(),
        now -> {
          List<TokenRange> learned = new ArrayList<>();
          for (int leaf = 0; leaf < now.leafCount(); leaf++) {
            if (now.range(leaf) != null && now.differs(firstOwn, leaf)) {
              learned.add(now.range(leaf));
            }
          }
          give(range -> learned.stream().anyMatch(l -> Repairs.common(l, range) != null));
        });
  }

  private interface Learned {
    boolean isNew(TokenRange range);
  }

  /** Has the others take what they lack. */
  private void give(Learned learned) {
    Map<NodeInfo, List<TokenRange>> to = new LinkedHashMap<>();
    for (Difference difference : differences) {
      List<NodeInfo> takers =
          difference.others.size() == part.others().size() || learned.isNew(difference.range)
              ? part.others()
              : List.copyOf(difference.others);
      takers.forEach(
          node -> to.computeIfAbsent(node, n -> new ArrayList<>()).add(difference.range));
    }
    int[] open = {to.size()};
    to.forEach(
        (node, ranges) ->
            run.sync(
                node,
                new RepairMessages.Sync(table.id(), repairs.messenger.self(), ranges).encode(),
                answer -> {
                  bytes += RepairMessages.Sync.decodeAnswer(answer);
                  if (--open[0] == 0) {
                    done.accept(new Result(differences.size(), bytes));
                  }
                }));
  }
}
