package io.ilion.cql.term;

import io.ilion.cql.function.FunctionContext;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What terms are evaluated with: the bound values of one execution, the context of functions and,
 * for terms that name columns, the row at hand.
 */
public final class Evaluation {
  private final byte[][] bound;
  private final FunctionContext functions;
  private RowValues row;
  private byte[][] aggregates;
  private Map<Object, Object> memo;

  /**
   * Makes the evaluation of one execution.
   *
   * @param bound the values of the bind variables: null for null, {@code Values.UNSET} for unset
   */
  public Evaluation(byte[][] bound, FunctionContext functions) {
    this.bound = bound;
    this.functions = functions;
  }

  /** The bound value of a variable. */
  public byte[] bound(int index) {
    return bound[index];
  }

  /** The context of functions. */
  public FunctionContext functions() {
    return functions;
  }

  /** The row at hand. */
  public RowValues row() {
    return row;
  }

  /** Goes on to another row. */
  public Evaluation on(RowValues newRow) {
    row = newRow;
    return this;
  }

  /** Sets the results of the aggregates, which terms then refer to by their slot. */
  public Evaluation withAggregates(byte[][] results) {
    aggregates = results;
    return this;
  }

  byte[] aggregate(int slot) {
    return aggregates[slot];
  }

  /** What was made for a key before in this execution, or is made now. */
  @SuppressWarnings("unchecked")
  public <T> T memo(Object key, Supplier<T> maker) {
    if (memo == null) {
      memo = new IdentityHashMap<>(2);
    }
    return (T) memo.computeIfAbsent(key, k -> maker.get());
  }

  /** The columns of one row, by column id. */
  public interface RowValues {
    /** The value of a column in wire form (a multi-cell one as a whole), or null. */
    byte[] value(int columnId);

    /** Write times or TTLs of some cells of a column; see {@link Attribute}. */
    byte[] attribute(int columnId, Attribute attribute, Cells cells);
  }

  /**
   * Cells of a column, by their paths in the order of these, both bounds inclusive and null where
   * there is none.
   *
   * @param isOne whether the one cell is meant whose path both bounds are
   */
  public record Cells(byte[] from, byte[] to, boolean isOne) {
    /** All of them. */
    public static final Cells ALL = new Cells(null, null, false);

    /** Whether the cell of a path is one of them. */
    public boolean hold(byte[] array, int offset, int length) {
      int end = offset + length;
      return (from == null || Arrays.compareUnsigned(array, offset, end, from, 0, from.length) >= 0)
          && (to == null || Arrays.compareUnsigned(array, offset, end, to, 0, to.length) <= 0);
    }
  }

  /** What cells know besides their value. */
  public enum Attribute {
    WRITETIME,
    MAXWRITETIME,
    TTL
  }
}
