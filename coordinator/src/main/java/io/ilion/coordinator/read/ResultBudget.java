package io.ilion.coordinator.read;

import io.ilion.coordinator.MemoryPool;
import io.ilion.coordinator.MemoryShare;
import io.ilion.storage.OverloadedException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The memory that results take until they are written as answers: of one page, of one read without
 * pages, and of all reads of a node together. Safe to use from any lane.
 */
public final class ResultBudget {
  private static final long STEP_BYTES = 1 << 20;
  private static final int ARRAY_BYTES = 24;

  /** The collector gives larger arrays whole regions, of which up to half may be left empty. */
  private static final int LARGEST_IN_REGION = 256 << 10;

  /**
   * A read that has taken no more than this is not refused because others have all there is: the
   * tables that drivers ask for are that small. The node's limit of requests bounds it.
   */
  private static final int LEAST_REFUSED_BYTES = 32 << 10;

  /** Nothing is refused. */
  public static final ResultBudget NONE =
      new ResultBudget(Long.MAX_VALUE, Long.MAX_VALUE, MemoryPool.unlimited());

  private final long pageBytes;
  private final long unpagedBytes;
  private final MemoryPool pool;

  /**
   * Creates it.
   *
   * @param pageBytes a page ends behind the row that reaches this, however many rows were asked for
   * @param unpagedBytes a read without pages fails beyond this
   * @param pool what all results may take together
   */
  public ResultBudget(long pageBytes, long unpagedBytes, MemoryPool pool) {
    this.pageBytes = pageBytes;
    this.unpagedBytes = unpagedBytes;
    this.pool = pool;
  }

  /** What a value takes in memory, roughly; it may be null. */
  static long bytes(byte[] value) {
    if (value == null) {
      return Integer.BYTES;
    }
    return ARRAY_BYTES + (value.length > LARGEST_IN_REGION ? 2L * value.length : value.length);
  }

  /**
   * The account of a read that begins; to be closed when it has been answered.
   *
   * @param uncounted what its result may have without being counted with the others
   */
  Account open(boolean paged, long uncounted) {
    return new Account(this, paged, uncounted, LEAST_REFUSED_BYTES);
  }

  /** What one read has taken. */
  static final class Account extends MemoryShare {
    private static final VarHandle CHARGED = handle("charged");
    private static final VarHandle COLLECTED = handle("collected");

    private final ResultBudget budget;
    private final boolean paged;
    private final long leastRefused;

    /** What was taken from the budget. */
    private volatile long charged;

    /** The part of it that is for rows which have not become results yet. */
    private volatile long collected;

    private long used;
    private long covered;
    private boolean first = true;

    private Account(ResultBudget budget, boolean paged, long uncounted, long leastRefused) {
      super(budget.pool);
      this.budget = budget;
      this.paged = paged;
      this.covered = uncounted;
      this.leastRefused = leastRefused;
    }

    private static VarHandle handle(String field) {
      try {
        return MethodHandles.lookup().findVarHandle(Account.class, field, long.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private static long add(VarHandle field, Account account, long bytes) {
      return (long) field.getAndAdd(account, bytes) + bytes;
    }

    /**
     * Takes bytes of the budget; false if there are too few, unless this read has them all or very
     * little.
     */
    private boolean charge(long bytes) {
      long all = add(CHARGED, this, bytes);
      return take(bytes) || all <= leastRefused;
    }

    /**
     * Counts rows that were collected; from any lane.
     *
     * @throws OverloadedException if all reads together have collected too much
     */
    void collect(long bytes) {
      add(COLLECTED, this, bytes);
      if (!charge(bytes)) {
        throw overloaded();
      }
    }

    /** An account of the same budget, for rows that may be wanted later. */
    Account another() {
      return new Account(budget, paged, 0, 0);
    }

    /** Has the rows that were collected counted by another account from now on. */
    void moveTo(Account other) {
      long bytes = (long) COLLECTED.getAndSet(this, 0L);
      add(CHARGED, this, -bytes);
      add(CHARGED, other, bytes);
      add(COLLECTED, other, bytes);
      move(bytes, other);
    }

    /** The rows that were collected have become results, or are not needed. */
    void release() {
      long bytes = (long) COLLECTED.getAndSet(this, 0L);
      add(CHARGED, this, -bytes);
      giveBack(bytes);
    }

    /**
     * Counts a row of the result, by one thread at a time.
     *
     * @return whether the page has to end with it
     * @throws ResultTooLargeException if there are no pages and the result becomes too large
     * @throws OverloadedException if there are no pages and all results together become too large
     */
    boolean add(long bytes) {
      used += bytes;
      boolean alone = first;
      first = false;
      if (used <= covered && used < budget.pageBytes) {
        return false;
      }
      boolean tight = false;
      if (used > covered) {
        long more = used - covered + Math.min(used, STEP_BYTES);
        covered += more;
        tight = !charge(more);
      }
      if (paged) {
        return tight || used >= budget.pageBytes;
      }
      if (used > budget.unpagedBytes && !alone) {
        throw new ResultTooLargeException(budget.unpagedBytes);
      }
      if (tight) {
        throw overloaded();
      }
      return false;
    }

    /** Why a read failed: what has no room beside what it has itself is too large. */
    Throwable reason(Throwable failure) {
      return !paged && failure instanceof OverloadedException && hasMost()
          ? new ResultTooLargeException(budget.unpagedBytes)
          : failure;
    }

    /** Gives back what was taken; nothing is to be counted after. */
    void close() {
      // Most have taken nothing, and the budget is every lane's: to write to it costs a cache miss.
      if (charged != 0) {
        giveBack((long) CHARGED.getAndSet(this, 0L));
      }
    }

    private OverloadedException overloaded() {
      return new OverloadedException("the results of all reads take too much memory");
    }
  }
}
