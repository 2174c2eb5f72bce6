package io.ilion.runtime.simulated.check;

import io.ilion.runtime.simulated.check.ClientHistory.Operation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Decides whether a history of one object is linearizable: whether each operation can be given a
 * moment between its call and its answer so that the answers are those of the model in the order of
 * the moments. Operations without a known answer are given a moment after their call, or none.
 *
 * <p>Objects are checked one by one, which is enough (M. Herlihy, J. Wing, "Linearizability: a
 * correctness condition for concurrent objects", 1990). The search is that of J. Wing and C. Gong,
 * "Testing and verifying concurrent objects" (1993), with G. Lowe's "Testing for linearizability"
 * (2017): configurations (which of the open operations have had their moment, and the state that
 * this led to) are never looked at twice, and a moment is given only just in time, when an answer
 * demands it. So what has to be remembered grows with the operations that are open at one time. Of
 * two configurations that differ in operations without a known answer only, the one in which fewer
 * of those are used up can do whatever the other can, so the other is forgotten: unknown outcomes
 * stay cheap.
 *
 * @param <S> the states of the model
 * @param <I> what operations are asked for
 * @param <O> what they answer
 */
public final class LinearizabilityChecker<S, I, O> {
  private final SequentialModel<S, I, O> model;
  private final int maxConfigurations;

  /**
   * A checker.
   *
   * @param maxConfigurations the most that are looked at between two answers before it gives up
   */
  public LinearizabilityChecker(SequentialModel<S, I, O> model, int maxConfigurations) {
    this.model = model;
    this.maxConfigurations = maxConfigurations;
  }

  /** What a check finds. */
  public enum Verdict {
    LINEARIZABLE,
    NOT_LINEARIZABLE,
    /** The search became too large. */
    UNDECIDED
  }

  /**
   * What a check found, and for people why.
   *
   * @param explanation empty if the history is linearizable
   */
  public record Result(Verdict verdict, String explanation) {
    /** Whether the history is linearizable. */
    public boolean isLinearizable() {
      return verdict == Verdict.LINEARIZABLE;
    }
  }

  private static final Result GOOD = new Result(Verdict.LINEARIZABLE, "");

  /** Checks each object of a history; the first that is not linearizable is the result. */
  public <K> Result check(ClientHistory<K, I, O> history) {
    for (Map.Entry<K, List<Operation<I, O>>> object : history.byObject().entrySet()) {
      Result result = check(object.getValue());
      if (!result.isLinearizable()) {
        return new Result(result.verdict, "object " + object.getKey() + ": " + result.explanation);
      }
    }
    return GOOD;
  }

  /** Checks the operations on one object. */
  public Result check(List<Operation<I, O>> operations) {
    return new Search(operations).run();
  }

  /** A state, and the slots of the open operations that led to it. */
  private record Configuration<S>(S state, BitSet used) {}

  private record Event<I, O>(long at, boolean call, Operation<I, O> operation) {}

  /** One search. */
  private final class Search {
    private final List<Event<I, O>> events = new ArrayList<>();
    private final List<Operation<I, O>> slots = new ArrayList<>();
    private final Map<Operation<I, O>, Integer> slotOf = new LinkedHashMap<>();
    private Set<Configuration<S>> configurations = new LinkedHashSet<>();

    Search(List<Operation<I, O>> operations) {
      for (Operation<I, O> operation : operations) {
        events.add(new Event<>(operation.called(), true, operation));
        if (operation.isKnown()) {
          events.add(new Event<>(operation.returned(), false, operation));
        }
      }
      // Of equal times calls come first: then the operations overlap.
      events.sort(
          Comparator.comparingLong((Event<I, O> e) -> e.at).thenComparing(e -> e.call ? 0 : 1));
      configurations.add(new Configuration<>(model.initial(), new BitSet()));
    }

    Result run() {
      for (Event<I, O> event : events) {
        if (event.call) {
          open(event.operation);
          continue;
        }
        Set<Configuration<S>> before = configurations;
        configurations = answer(event.operation);
        if (configurations == null) {
          return new Result(
              Verdict.UNDECIDED, "more than " + maxConfigurations + " configurations");
        }
        if (configurations.isEmpty()) {
          return new Result(Verdict.NOT_LINEARIZABLE, explain(event.operation, before));
        }
        int slot = slotOf.remove(event.operation);
        slots.set(slot, null);
        configurations.forEach(c -> c.used.clear(slot));
        configurations = leastUsed(configurations);
      }
      return GOOD;
    }

    private void open(Operation<I, O> operation) {
      int slot = slots.indexOf(null);
      if (slot < 0) {
        slot = slots.size();
        slots.add(null);
      }
      slots.set(slot, operation);
      slotOf.put(operation, slot);
    }

    /** All configurations in which an operation has had its moment; null if they are too many. */
    private Set<Configuration<S>> answer(Operation<I, O> operation) {
      int wanted = slotOf.get(operation);
      Set<Configuration<S>> reached = new LinkedHashSet<>();
      Set<Configuration<S>> seen = new HashSet<>(configurations);
      Deque<Configuration<S>> todo = new ArrayDeque<>(configurations);
      while (!todo.isEmpty()) {
        Configuration<S> configuration = todo.poll();
        if (configuration.used.get(wanted)) {
          reached.add(configuration);
          continue;
        }
        for (int slot = 0; slot < slots.size(); slot++) {
          if (slots.get(slot) != null && !configuration.used.get(slot)) {
            Configuration<S> next = after(configuration, slot);
            if (next != null && seen.add(next)) {
              todo.add(next);
            }
          }
        }
        if (seen.size() > maxConfigurations) {
          return null;
        }
      }
      return reached;
    }

    /** The configuration after an operation has had its moment; null if it cannot be now. */
    private Configuration<S> after(Configuration<S> configuration, int slot) {
      Operation<I, O> operation = slots.get(slot);
      SequentialModel.Step<S, O> step = model.apply(configuration.state, operation.input());
      if (operation.isKnown()
          ? !model.matches(step.output(), operation.output())
          : step.state().equals(configuration.state)) {
        return null;
      }
      BitSet used = (BitSet) configuration.used.clone();
      used.set(slot);
      return new Configuration<>(step.state(), used);
    }

    /** Without those for which there is another that has used fewer unknown outcomes. */
    private Set<Configuration<S>> leastUsed(Set<Configuration<S>> all) {
      BitSet known = new BitSet();
      slotOf.forEach((operation, slot) -> known.set(slot, operation.isKnown()));
      Map<Configuration<S>, List<Configuration<S>>> groups = new LinkedHashMap<>();
      for (Configuration<S> configuration : all) {
        BitSet usedKnown = (BitSet) configuration.used.clone();
        usedKnown.and(known);
        List<Configuration<S>> least =
            groups.computeIfAbsent(
                new Configuration<>(configuration.state, usedKnown), k -> new ArrayList<>());
        if (least.stream().noneMatch(other -> isSubset(other.used, configuration.used))) {
          least.removeIf(other -> isSubset(configuration.used, other.used));
          least.add(configuration);
        }
      }
      Set<Configuration<S>> kept = new LinkedHashSet<>();
      groups.values().forEach(kept::addAll);
      return kept;
    }

    private static boolean isSubset(BitSet a, BitSet b) {
      BitSet rest = (BitSet) a.clone();
      rest.andNot(b);
      return rest.isEmpty();
    }

    private String explain(Operation<I, O> operation, Set<Configuration<S>> before) {
      StringBuilder text = new StringBuilder(200);
      text.append("no order explains ").append(operation).append("\n  possible states before: ");
      before.stream()
          .map(c -> c.state)
          .distinct()
          .limit(5)
          .forEach(s -> text.append(s).append(' '));
      text.append("\n  open operations:");
      slots.stream().filter(o -> o != null).limit(20).forEach(o -> text.append("\n    ").append(o));
      return text.toString();
    }
  }
}
