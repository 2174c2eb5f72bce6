package io.ilion.server.operations;

import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operations of a node, and the tasks that long ones became. Any thread may call any of it.
 * What runs at once is bounded, and so is what is remembered of tasks that have ended.
 */
public final class Operations {
  private static final Logger LOGGER = LoggerFactory.getLogger(Operations.class);
  private static final int LARGEST_RUNNING = 32;
  private static final int LARGEST_REMEMBERED = 128;

  private final Lane lane;
  private final Clock clock;
  private final Map<String, Operation> operations = new TreeMap<>();

  // Guarded by itself.
  private final TreeMap<Long, Task> tasks = new TreeMap<>();
  private long lastTask;
  private int running;

  /**
   * An empty list.
   *
   * @param lane begins operations, which may block it for a moment
   */
  public Operations(Lane lane, Clock clock) {
    this.lane = lane;
    this.clock = clock;
  }

  /** Adds operations; only while the node is being assembled. */
  public void add(Collection<Operation> more) {
    for (Operation operation : more) {
      if (operations.putIfAbsent(operation.name(), operation) != null) {
        throw new IllegalArgumentException("there are two operations named " + operation.name());
      }
    }
  }

  /** All operations, in the order of their names. */
  public List<Operation> list() {
    return List.copyOf(operations.values());
  }

  /** The operation of a name, or null. */
  public Operation find(String name) {
    return operations.get(name);
  }

  /**
   * Runs an operation to its end, as a task if it is long.
   *
   * @param given values of parameters by their names, as JSON has them
   * @return its result, as JSON has it, or an {@link OperationException} or another failure
   */
  public CompletionStage<Object> run(String name, Map<String, ?> given) {
    try {
      Operation operation = known(name);
      if (operation.isLong()) {
        return begin(name, given).outcome();
      }
      Arguments arguments = Arguments.of(operation, given);
      enter();
      return execute(operation, arguments, Progress.NONE).whenComplete((value, failure) -> leave());
    } catch (OperationException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * Begins a long operation, or any other, as a task.
   *
   * @throws OperationException if it is unknown, what was given makes no sense, or too much runs
   */
  public Task begin(String name, Map<String, ?> given) {
    Operation operation = known(name);
    Arguments arguments = Arguments.of(operation, given);
    enter();
    Task task;
    synchronized (tasks) {
      lastTask++;
      task = new Task(lastTask, name, arguments.toJson(operation), clock.wallMillis());
      tasks.put(lastTask, task);
      forgetOld();
    }
    execute(operation, arguments, task.progress())
        .whenComplete(
            (value, failure) -> {
              leave();
              task.end(value, failure == null ? null : causeOf(failure), clock.wallMillis());
            });
    return task;
  }

  private Operation known(String name) {
    Operation operation = operations.get(name);
    if (operation == null) {
      throw OperationException.notFound("there is no operation named '" + name + "'");
    }
    return operation;
  }

  private void enter() {
    synchronized (tasks) {
      if (running == LARGEST_RUNNING) {
        throw new OperationException(
            OperationException.Reason.BUSY,
            "the node runs " + running + " operations already, and no more at once");
      }
      running++;
    }
  }

  private void leave() {
    synchronized (tasks) {
      running--;
    }
  }

  private CompletionStage<Object> execute(
      Operation operation, Arguments arguments, Progress progress) {
    CompletableFuture<Object> outcome = new CompletableFuture<>();
    lane.execute(
        () -> {
          try {
            if (operation.changesNode()) {
              LOGGER.info("{} {}", operation.name(), arguments.toJson(operation));
            }
            operation
                .body()
                .run(arguments, progress)
                .whenComplete(
                    (value, failure) -> {
                      if (failure == null) {
                        outcome.complete(value);
                      } else {
                        fail(operation, outcome, failure);
                      }
                    });
          } catch (Throwable t) {
            fail(operation, outcome, t);
          }
        });
    return outcome;
  }

  private static void fail(
      Operation operation, CompletableFuture<Object> outcome, Throwable failure) {
    Throwable cause = causeOf(failure);
    if (!(cause instanceof OperationException)) {
      LOGGER.warn("{} failed", operation.name(), cause);
    }
    outcome.completeExceptionally(cause);
  }

  private void forgetOld() {
    var oldest = tasks.values().iterator();
    while (tasks.size() > LARGEST_REMEMBERED && oldest.hasNext()) {
      if (oldest.next().state() != Task.State.RUNNING) {
        oldest.remove();
      }
    }
  }

  /** The tasks that run, and the last of those that have ended, oldest first. */
  public List<Task> tasks() {
    synchronized (tasks) {
      return new ArrayList<>(tasks.values());
    }
  }

  /** The task of a number, or null. */
  public Task task(long id) {
    synchronized (tasks) {
      return tasks.get(id);
    }
  }

  /** Asks a task to stop; false if there is none of this number. */
  public boolean cancel(long id) {
    Task task = task(id);
    if (task != null) {
      task.cancel();
    }
    return task != null;
  }

  private static Throwable causeOf(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** What to tell an operator of a failure, in one line. */
  public static String messageOf(Throwable failure) {
    Throwable cause = causeOf(failure);
    String message = cause.getMessage();
    boolean isOurs = cause instanceof OperationException && message != null;
    return isOurs
        ? message
        : cause.getClass().getSimpleName() + (message == null ? "" : ": " + message);
  }
}
