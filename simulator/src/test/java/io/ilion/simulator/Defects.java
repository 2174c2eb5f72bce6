package io.ilion.simulator;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hashing;
import io.ilion.coordinator.replica.RepairWrites;
import io.ilion.gossip.ClusterState;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.Deletion;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import io.ilion.storage.ForwardingSink;
import io.ilion.storage.LaneStore;
import io.ilion.storage.RowSink;
import io.ilion.storage.StorageEngine;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;

/** Mistakes that databases of this kind have had, or might have. */
final class Defects {
  private static final byte[] DONE = {};
  private static final int VERSION = 1;

  // The kinds of parts of a replica's answer to a read.
  private static final byte EXHAUSTED = 0;
  private static final byte WHOLE = 2;
  private static final byte CUT = 3;

  /** Where the id of the table is in an update that is sent to a replica. */
  private static final int MUTATION_TABLE = 18;

  /** Where the ranges are in what a repair says when it is over. */
  private static final int REPAIRED_RANGES = 21;

  /** One of so many proposals. */
  private static final int FINISHED_EARLY = 3;

  private Defects() {}

  /** Hints are taken and forgotten. */
  static Defect hintsDropped() {
    return acknowledgedOnly(Verb.HINT, (view, payload) -> true);
  }

  /** A write counts as acknowledged by one of its replicas before that has said so. */
  static Defect quorumOfTooFew() {
    return new Defect() {
      @Override
      public Messenger messenger(Messenger messenger, ClusterView view) {
        return new EarlyAcknowledgements(messenger, view);
      }
    };
  }

  /** Answers at once for the first of the others that a coordinator sends an update to. */
  private static final class EarlyAcknowledgements extends AlteredMessenger {
    private final ClusterView view;
    private byte[] last;

    EarlyAcknowledgements(Messenger messenger, ClusterView view) {
      super(messenger);
      this.view = view;
    }

    @Override
    @SuppressWarnings("ReferenceEquality")
    public void request(
        NodeAddress to, Verb verb, long token, byte[] payload, long nanos, Answer answer) {
      if (verb != Verb.MUTATE || payload == last || isRepair()) {
        super.request(to, verb, token, payload, nanos, answer);
        return;
      }
      // The requests of a write share their payload, and follow each other.
      last = payload;
      super.request(
          to,
          verb,
          token,
          payload,
          nanos,
          new Unheard() {
            @Override
            public void failed(NodeAddress from, FailureReason reason) {
              // So that it gets a hint.
              answer.failed(from, reason);
            }
          });
      super.request(view.self().address(), Verb.BATCH_STORE, token, nothingToDo(), nanos, answer);
    }
  }

  /** Syncs of the files below a directory do nothing. */
  static Defect syncsThatLie(String directory) {
    return new Defect() {
      @Override
      public void machine(SimulatedNode machine) {
        machine.files().setLyingSyncs(path -> path.contains(directory));
      }
    };
  }

  /** Requests of a verb are acknowledged and forgotten, by nodes of which something holds. */
  static Defect acknowledgedOnly(Verb forgotten, BiPredicate<ClusterView, byte[]> when) {
    return new Defect() {
      @Override
      public Messenger messenger(Messenger messenger, ClusterView view) {
        return new AlteredMessenger(messenger) {
          @Override
          public void handle(Verb verb, Handler handler) {
            super.handle(
                verb,
                (from, payload, reply) -> {
                  if (verb == forgotten && when.test(view, bytes(payload))) {

                    reply.answer(DONE);
                  } else {
                    handler.handle(from, payload, reply);
                  }
                });
          }
        };
      }
    };
  }

  /** No hints are kept, as an operator may want it: that alone is no mistake. */
  static Defect noHints() {
    return withoutHints(Defect.NONE);
  }

  /** As another, and no hints are kept. */
  private static Defect withoutHints(Defect defect) {
    return new Defect() {
      @Override
      public Config config(Config usual) {
        return usual.with(Settings.HINTED_HANDOFF_ENABLED, false);
      }

      @Override
      public Messenger messenger(Messenger messenger, ClusterView view) {
        return defect.messenger(messenger, view);
      }
    };
  }

  /** Without hints, and batches are kept by nobody. */
  static Defect batchlogLost() {
    return withoutHints(acknowledgedOnly(Verb.BATCH_STORE, (view, payload) -> true));
  }

  /** Writes that a table's truncation has overtaken go into what the table has now. */
  static Defect epochForgotten() {
    return new Defect() {
      @Override
      public Messenger messenger(Messenger messenger, ClusterView view) {
        return new AlteredMessenger(messenger) {
          @Override
          public void handle(Verb verb, Handler handler) {
            super.handle(
                verb,
                (from, payload, reply) ->
                    handler.handle(
                        from,
                        verb == Verb.MUTATE ? intoTheTableOfNow(view, bytes(payload)) : payload,
                        reply));
          }
        };
      }
    };
  }

  private static ByteBuffer intoTheTableOfNow(ClusterView view, byte[] mutation) {
    ByteBuffer changed = ByteBuffer.wrap(mutation);
    TableDefinition now = ((ClusterState) view).metadata().schema().truncated(table(changed));
    if (now != null) {
      changed.putLong(MUTATION_TABLE, now.id().getMostSignificantBits());
      changed.putLong(MUTATION_TABLE + 8, now.id().getLeastSignificantBits());
    }
    return changed;
  }

  /** Writes do not go to those who are about to be replicas, nor wait for them. */
  static Defect pendingRangesIgnored() {
    return new Defect() {
      @Override
      public Messenger messenger(Messenger messenger, ClusterView view) {
        return new AlteredMessenger(messenger) {
          @Override
          public void request(
              NodeAddress to, Verb verb, long token, byte[] payload, long nanos, Answer answer) {
            if (verb == Verb.MUTATE && isPending(to, token, payload, (ClusterState) view)) {
              super.request(to, Verb.BATCH_STORE, token, nothingToDo(), nanos, answer);
            } else {
              super.request(to, verb, token, payload, nanos, answer);
            }
          }
        };
      }
    };
  }

  private static boolean isPending(
      NodeAddress address, long token, byte[] mutation, ClusterState view) {
    TableDefinition table = view.metadata().schema().table(table(ByteBuffer.wrap(mutation)));
    return table != null
        && view
            .replicas(view.metadata().schema().keyspace(table.keyspace()))
            .of(token)
            .pending()
            .stream()
            .anyMatch(node -> node.address().equals(address));
  }

  /** The id of the table of an update that is sent to a replica. */
  private static UUID table(ByteBuffer mutation) {
    return new UUID(mutation.getLong(MUTATION_TABLE), mutation.getLong(MUTATION_TABLE + 8));
  }

  /** A deletion goes after gc_grace_seconds, whoever has missed it. */
  static Defect purgedTooEarly() {
    return new Defect() {
      @Override
      public Config config(Config usual) {
        return usual.with(Settings.ONLY_PURGE_REPAIRED_TOMBSTONES, false);
      }
    };
  }

  /** Once something was repaired, what is proposed counts as finished soon, decided or not. */
  static Defect finishedTooEarly() {
    return new Defect() {
      @Override
      public Messenger messenger(Messenger messenger, ClusterView view) {
        return new AlteredMessenger(messenger) {
          private Handler repaired;
          private byte[] last;
          private int proposals;

          @Override
          public void handle(Verb verb, Handler handler) {
            if (verb == Verb.REPAIR_DONE) {
              repaired = handler;
            }
            super.handle(
                verb,
                (from, payload, reply) -> {
                  byte[] bytes = bytes(payload);
                  handler.handle(from, ByteBuffer.wrap(bytes), reply);
                  if (verb == Verb.REPAIR_DONE) {
                    last = bytes;
                  } else if (verb == Verb.PAXOS_PROPOSE
                      && last != null
                      && ++proposals % FINISHED_EARLY == 0) {
                    repaired.handle(from, later(last, proposals), new Unanswered());
                  }
                });
          }
        };
      }
    };
  }

  /** Has each range that was repaired count for longer than its repair has shown. */
  private static ByteBuffer later(byte[] done, int seconds) {
    ByteBuffer changed = ByteBuffer.wrap(done.clone());
    int at = REPAIRED_RANGES;
    while (at < done.length) {
      changed.putLong(at + 3 * Long.BYTES, changed.getLong(at + 2 * Long.BYTES) + 60 + seconds);
      at += 4 * Long.BYTES + 1 + 16 * changed.get(at + 4 * Long.BYTES);
    }
    return changed;
  }

  private static final class Unanswered implements Messenger.Reply {
    @Override
    public void answer(byte[] payload) {}

    @Override
    public void fail(FailureReason reason) {}
  }

  /** Without hints, and replicas that reached the limit of a read say that they have no more. */
  static Defect shortReads() {
    return withoutHints(answers(Verb.READ, Defects::exhausted));
  }

  private static byte[] exhausted(byte[] answer) {
    ByteBuffer in = ByteBuffer.wrap(answer);
    ByteBuffer out = ByteBuffer.allocate(answer.length).put(in.get());
    while (in.remaining() > 1) {
      int kind = in.get();
      if (kind == CUT) {
        in.position(in.position() + Integer.BYTES + in.getInt(in.position()));
      }
      byte[] partition = new byte[in.getInt()];
      in.get(partition);
      out.put(WHOLE).putInt(partition.length).put(partition);
    }
    out.put(EXHAUSTED);
    return Arrays.copyOf(out.array(), out.position());
  }

  /** Without hints, and replicas say in repairs that they have nothing. */
  static Defect nothingToRepair() {
    return withoutHints(answers(Verb.REPAIR_TREE, Defects::nothingToCompare));
  }

  /** A damaged block counts as the end of what there is. */
  static Defect damageTakenForAnEnd() {
    return new Defect() {
      @Override
      public StorageEngine engine(StorageEngine engine) {
        return proxy(
            StorageEngine.class,
            (proxy, method, arguments) -> {
              Object result = call(engine, method, arguments);
              return result instanceof LaneStore lane ? withoutDamage(lane) : result;
            });
      }
    };
  }

  private static LaneStore withoutDamage(LaneStore lane) {
    return proxy(
        LaneStore.class,
        (proxy, method, arguments) -> {
          for (int i = 0; arguments != null && i < arguments.length; i++) {
            if (arguments[i] instanceof RowSink sink) {
              arguments[i] = new WithoutDamage(sink);
            }
          }
          return call(lane, method, arguments);
        });
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  /** Says of a read that met damage that there is nothing more. */
  private static final class WithoutDamage extends ForwardingSink {
    private boolean within;

    WithoutDamage(RowSink sink) {
      super(sink);
    }

    @Override
    public boolean partition(long token, byte[] partitionKey, Deletion deletion) {
      within = true;
      return super.partition(token, partitionKey, deletion);
    }

    @Override
    public boolean endOfPartition() {
      within = false;
      return super.endOfPartition();
    }

    @Override
    public void failed(Throwable cause) {
      if (!(cause instanceof CorruptDataException)) {
        super.failed(cause);
        return;
      }
      if (within) {
        super.endOfPartition();
      }
      super.finished();
    }
  }

  /** What replicas answer to a verb is changed. */
  static Defect answers(Verb changed, UnaryOperator<byte[]> change) {
    return new Defect() {
      @Override
      public Messenger messenger(Messenger messenger, ClusterView view) {
        return new AlteredMessenger(messenger) {
          @Override
          public void handle(Verb verb, Handler handler) {
            super.handle(
                verb,
                (from, payload, reply) ->
                    handler.handle(
                        from, payload, verb == changed ? new AlteredReply(reply, change) : reply));
          }
        };
      }
    };
  }

  /** An acceptor accepts what it has promised not to. */
  static byte[] accepted(byte[] answer) {
    byte[] accepted = answer.clone();
    accepted[1] = 1;
    return accepted;
  }

  /** A replica says that it has nothing of what a repair compares. */
  static byte[] nothingToCompare(byte[] answer) {
    byte[] nothing = new byte[answer.length];
    System.arraycopy(answer, 0, nothing, 0, 1 + Integer.BYTES);
    return nothing;
  }

  /** Who is asked for files says that there are none, of whatever table. */
  static byte[] noFiles(byte[] answer) {
    return answer[1] == 0
        ? answer
        : ByteBuffer.wrap(Arrays.copyOf(answer, 14)).putInt(10, 0).array();
  }

  /** Those who lack something are not given it before a read is answered. */
  static Defect readRepairSkipped() {
    return new Defect() {
      @Override
      public Messenger messenger(Messenger messenger, ClusterView view) {
        return new AlteredMessenger(messenger) {
          @Override
          public void request(
              NodeAddress to, Verb verb, long token, byte[] payload, long nanos, Answer answer) {
            if (verb == Verb.MUTATE && isRepair()) {
              super.request(to, Verb.BATCH_STORE, token, nothingToDo(), nanos, answer);
            } else {
              super.request(to, verb, token, payload, nanos, answer);
            }
          }
        };
      }
    };
  }

  private static boolean isRepair() {
    return StackWalker.getInstance()
        .walk(
            frames ->
                frames.anyMatch(
                    frame -> frame.getClassName().equals(RepairWrites.class.getName())));
  }

  /** A batch without updates: another way to an answer that comes later and means nothing. */
  private static byte[] nothingToDo() {
    return ByteBuffer.allocate(21).put((byte) VERSION).putLong(0x1000).array();
  }

  /** Additions to counters are sent twice, as those of two operations. */
  static Defect countedTwice() {
    return new Defect() {
      @Override
      public Messenger messenger(Messenger messenger, ClusterView view) {
        return new AlteredMessenger(messenger) {
          @Override
          public void request(
              NodeAddress to, Verb verb, long token, byte[] payload, long nanos, Answer answer) {
            super.request(to, verb, token, payload, nanos, answer);
            if (verb == Verb.COUNT) {
              UUID other = new UUID(ByteBuffer.wrap(payload).getLong(1), payload.length);
              byte[] again = payload.clone();
              ByteBuffer.wrap(again).putLong(9, other.getLeastSignificantBits());
              super.request(to, verb, token, again, nanos, new Unheard());
            }
          }
        };
      }
    };
  }

  private static class Unheard implements Messenger.Answer {
    @Override
    public void answered(NodeAddress from, ByteBuffer payload) {}

    @Override
    public void failed(NodeAddress from, FailureReason reason) {}
  }

  /** Whatever the digests of other replicas are, they count as that of the data. */
  static Defect digestsIgnored() {
    return new Defect() {
      @Override
      public Messenger messenger(Messenger messenger, ClusterView view) {
        return new EqualDigests(messenger);
      }
    };
  }

  /** Answers each request for a digest with that of the data which the same read has got. */
  private static final class EqualDigests extends AlteredMessenger {
    private final Map<byte[], Read> reads = new IdentityHashMap<>();

    EqualDigests(Messenger messenger) {
      super(messenger);
    }

    /** What is known of a read; its requests share their payload. */
    private static final class Read {
      private byte[] digest;
      private final List<Runnable> waiting = new ArrayList<>();
    }

    @Override
    public void request(
        NodeAddress to, Verb verb, long token, byte[] payload, long nanos, Answer answer) {
      if (verb != Verb.READ && verb != Verb.READ_DIGEST) {
        super.request(to, verb, token, payload, nanos, answer);
        return;
      }
      Read read = reads.computeIfAbsent(payload, any -> new Read());
      super.request(
          to,
          verb,
          token,
          payload,
          nanos,
          new Answer() {
            @Override
            public void answered(NodeAddress from, ByteBuffer bytes) {
              if (verb == Verb.READ) {
                read.digest = digest(bytes(bytes));
                answer.answered(from, bytes);
                read.waiting.forEach(Runnable::run);
                read.waiting.clear();
              } else if (read.digest == null) {
                read.waiting.add(() -> answer.answered(from, ByteBuffer.wrap(read.digest)));
              } else {
                answer.answered(from, ByteBuffer.wrap(read.digest));
              }
            }

            @Override
            public void failed(NodeAddress from, FailureReason reason) {
              answer.failed(from, reason);
            }
          });
    }

    private static byte[] digest(byte[] answer) {
      HashValue128 hash = Hashing.xxh3_128().hashBytesTo128Bits(answer);
      return ByteBuffer.allocate(17)
          .put((byte) VERSION)
          .putLong(hash.getMostSignificantBits())
          .putLong(hash.getLeastSignificantBits())
          .array();
    }
  }
}
