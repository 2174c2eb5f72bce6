package io.ilion.coordinator.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.WriteCallback;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.ForwardingMessenger;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.data.UpdateWriter;
import io.ilion.runtime.NodeAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HeldBatchesTest {
  private static final BatchStore.Entry ENTRY =
      new BatchStore.Entry(
          new UUID(0x1000, 1),
          List.of(new UpdateWriter().begin(new UUID(1, 1), new byte[] {1}).toByteArray()));

  /** A store that is out of memory: what is put waits until there is some. */
  private static final class Waiting implements BatchStore {
    private final Map<UUID, Entry> entries = new TreeMap<>();
    private final List<Runnable> waiting = new ArrayList<>();

    @Override
    public void put(Entry entry, WriteCallback callback) {
      waiting.add(
          () -> {
            entries.put(entry.id(), entry);
            callback.done(null);
          });
    }

    @Override
    public void remove(UUID id, WriteCallback callback) {
      entries.remove(id);
      callback.done(null);
    }

    @Override
    public void list(UUID after, ListCallback callback) {
      callback.entries(after == null ? List.copyOf(entries.values()) : List.of(), null);
    }
  }

  /** Calls who takes what others send. */
  private static final class Handlers extends ForwardingMessenger {
    private final Map<Verb, Handler> handlers = new EnumMap<>(Verb.class);

    Handlers() {
      super(null);
    }

    @Override
    public void handle(Verb verb, Handler handler) {
      handlers.put(verb, handler);
    }
  }

  /** Who began it may be dead by then, and nobody else would tell of it. */
  @Test
  void aBatchThatWaitedForMemoryWhileAnyWereCompletedIsCompletedToo() {
    Waiting store = new Waiting();
    List<String> applied = new ArrayList<>();
    Batchlog batchlog =
        new Batchlog(
            store,
            (update, callback) -> {
              applied.add("update");
              callback.done(null);
            },
            () -> new UUID(0x1000, 2));
    Handlers handlers = new Handlers();
    new HeldBatches(store, batchlog::holds).register(handlers);
    List<String> answers = new ArrayList<>();
    handlers
        .handlers
        .get(Verb.BATCH_STORE)
        .handle(
            new NodeAddress("n", 1),
            ByteBuffer.wrap(BatchMessage.store(ENTRY)),
            new Messenger.Reply() {
              @Override
              public void answer(byte[] payload) {
                answers.add("kept");
              }

              @Override
              public void fail(FailureReason reason) {
                answers.add("failed: " + reason);
              }
            });
    batchlog.replay().join();
    store.waiting.forEach(Runnable::run);
    assertThat(answers).containsExactly("kept");
    assertThat(batchlog.hasLeftBehind()).isTrue();
    batchlog.settle().join();
    assertThat(applied).hasSize(1);
    assertThat(store.entries).isEmpty();
  }
}
