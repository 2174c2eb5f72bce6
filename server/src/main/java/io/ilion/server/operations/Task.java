package io.ilion.server.operations;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A long operation that runs, or ran. Any thread may call any of it. */
public final class Task {

  /** What became of it. */
  public enum State {
    RUNNING,
    DONE,
    FAILED,
    CANCELLED
  }

  private final long id;
  private final String operation;
  private final Map<String, Object> arguments;
  private final long startedMillis;
  private final CompletableFuture<Object> outcome = new CompletableFuture<>();
  private final Progress progress = new Told();

  // Guarded by this.
  private State state = State.RUNNING;
  private long endedMillis;
  private long done;
  private long total;
  private String unit = "";
  private String message = "";
  private Object result;
  private String error;
  private boolean cancelled;
  private List<Runnable> cancelActions = new ArrayList<>();

  Task(long id, String operation, Map<String, Object> arguments, long startedMillis) {
    this.id = id;
    this.operation = operation;
    this.arguments = arguments;
    this.startedMillis = startedMillis;
  }

  /** By which it is asked for; grows by one from task to task of one run of a node. */
  public long id() {
    return id;
  }

  /** What became of it. */
  public synchronized State state() {
    return state;
  }

  /** Completes as the operation does, on any thread. */
  public CompletionStage<Object> outcome() {
    return outcome.minimalCompletionStage();
  }

  /** What the operation is to tell. */
  Progress progress() {
    return progress;
  }

  /** Asks the operation to stop; it goes on as long as it would do harm to stop. */
  void cancel() {
    List<Runnable> actions;
    synchronized (this) {
      if (cancelled || state != State.RUNNING) {
        return;
      }
      cancelled = true;
      actions = cancelActions;
      cancelActions = List.of();
    }
    actions.forEach(Runnable::run);
  }

  /** It has ended; a null failure means that all went well. */
  void end(Object value, Throwable failure, long atMillis) {
    synchronized (this) {
      endedMillis = atMillis;
      result = value;
      error = failure == null ? null : Operations.messageOf(failure);
      state = failure == null ? State.DONE : cancelled ? State.CANCELLED : State.FAILED;
    }
    if (failure == null) {
      outcome.complete(value);
    } else {
      outcome.completeExceptionally(failure);
    }
  }

  /** What can be said of it, as JSON has it. */
  public synchronized Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", id);
    json.put("operation", operation);
    json.put("arguments", arguments);
    json.put("state", state.name());
    json.put("started_millis", startedMillis);
    if (state != State.RUNNING) {
      json.put("ended_millis", endedMillis);
    } else if (cancelled) {
      json.put("stopping", true);
    }
    if (!unit.isEmpty()) {
      json.put("done", done);
      json.put("total", total);
      json.put("unit", unit);
    }
    if (!message.isEmpty()) {
      json.put("message", message);
    }
    if (state == State.DONE) {
      json.put("result", result);
    }
    if (error != null) {
      json.put("error", error);
    }
    return json;
  }

  /** Keeps what the operation says. */
  private final class Told implements Progress {
    @Override
    public void at(long newDone, long newTotal, String newUnit) {
      synchronized (Task.this) {
        done = newDone;
        total = newTotal;
        unit = newUnit;
      }
    }

    @Override
    public void say(String said) {
      synchronized (Task.this) {
        message = said;
      }
    }

    @Override
    public boolean isCancelled() {
      synchronized (Task.this) {
        return cancelled;
      }
    }

    @Override
    public void onCancel(Runnable action) {
      synchronized (Task.this) {
        if (!cancelled) {
          if (state == State.RUNNING) {
            cancelActions.add(action);
          }
          return;
        }
      }
      action.run();
    }
  }
}
