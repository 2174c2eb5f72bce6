package io.ilion.conformance.write;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Decides whether the history of one register is linearizable: whether each operation can have
 * happened at one instant between its beginning and its end, so that all outcomes are explained
 * (the search of Wing and Gong, with the memory of Lowe).
 */
final class Linearizability {

  /** What an operation does. */
  enum Kind {
    /** Reads the value; the outcome is the value. */
    READ,
    /** Writes if there is none; the outcome is null if applied, else the value that is there. */
    INSERT,
    /** Writes if the value is the expected one; likewise. */
    UPDATE,
    /** Deletes if the value is the expected one; likewise. */
    DELETE
  }

  /**
   * An operation.
   *
   * @param end Long.MAX_VALUE if it was never answered: it may have happened, at any later time
   * @param applied whether the condition held; of no meaning for a read
   * @param seen the value that was told, or null for none
   */
  record Operation(
      Kind kind,
      Integer expected,
      Integer written,
      long begin,
      long end,
      boolean applied,
      Integer seen) {

    boolean isUnknown() {
      return end == Long.MAX_VALUE;
    }

    /** Whether it can happen to a value with this outcome. */
    boolean fits(Integer value) {
      if (isUnknown()) {
        return true;
      }
      if (kind == Kind.READ) {
        return same(value, seen);
      }
      return applied == holds(value) && (applied || same(value, seen));
    }

    Integer after(Integer value) {
      if (kind == Kind.READ || !holds(value)) {
        return value;
      }
      return written;
    }

    private boolean holds(Integer value) {
      return kind == Kind.INSERT ? value == null : value != null && same(value, expected);
    }

    private static boolean same(Integer a, Integer b) {
      return java.util.Objects.equals(a, b);
    }
  }

  private record State(BitSet done, Integer value) {}

  private final List<Operation> operations;
  private final Set<State> seen = new HashSet<>();

  private Linearizability(List<Operation> operations) {
    this.operations = operations;
  }

  /** Whether a history that begins without a value is linearizable. */
  static boolean holds(List<Operation> history) {
    List<Operation> sorted = new ArrayList<>(history);
    sorted.sort(Comparator.comparingLong(Operation::begin));
    return new Linearizability(sorted).search(new BitSet(), null);
  }

  private boolean search(BitSet done, Integer value) {
    long earliestEnd = Long.MAX_VALUE;
    boolean open = false;
    for (int i = done.nextClearBit(0); i < operations.size(); i = done.nextClearBit(i + 1)) {
      earliestEnd = Math.min(earliestEnd, operations.get(i).end());
      open |= !operations.get(i).isUnknown();
    }
    if (!open) {
      // What is left was never answered, and need not have happened.
      return true;
    }
    if (!seen.add(new State((BitSet) done.clone(), value))) {
      return false;
    }
    for (int i = done.nextClearBit(0); i < operations.size(); i = done.nextClearBit(i + 1)) {
      Operation next = operations.get(i);
      if (next.begin() > earliestEnd) {
        return false;
      }
      if (next.fits(value)) {
        done.set(i);
        if (search(done, next.after(value))) {
          return true;
        }
        done.clear(i);
      }
    }
    return false;
  }
}
