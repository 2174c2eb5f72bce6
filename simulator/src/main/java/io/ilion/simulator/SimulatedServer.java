package io.ilion.simulator;

import io.ilion.gossip.ClusterView;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.model.data.CorruptDataException;
import io.ilion.protocol.Envelope;
import io.ilion.protocol.EnvelopeReader;
import io.ilion.protocol.Event;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.Request;
import io.ilion.protocol.RequestEnvelope;
import io.ilion.protocol.Response;
import io.ilion.protocol.ResponseCodec;
import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.Scheduler;
import io.ilion.runtime.simulated.SimulatedCrash;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.server.ClientState;
import io.ilion.server.Exchange;
import io.ilion.server.NodeCore;
import io.ilion.server.NodeHasLeftException;
import io.ilion.server.NodeHost;
import io.ilion.server.NodeMode;
import io.ilion.server.NodeSeams;
import io.ilion.server.ResponseSink;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import io.ilion.server.metrics.Pool;
import io.ilion.simulator.workload.Workload.ViolationException;
import io.ilion.storage.StorageEngine;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** A machine of a simulated cluster, and the node's program that runs on it or does not. */
public final class SimulatedServer {
  private static final int LARGEST_ANSWER = 64 << 20;

  private final SimulatedNode machine;
  private Config config;
  private final int index;
  private final Defect defect;
  private final Runnable failed;
  private Process process;
  private Throwable fatal;
  private boolean damaged;
  private boolean left;
  private boolean scrapped;

  /**
   * A server that does not run yet.
   *
   * @param defect what is wrong with its program
   * @param failed told when its process ended, however it did
   */
  SimulatedServer(SimulatedNode machine, Config config, int index, Defect defect, Runnable failed) {
    this.defect = defect;
    this.failed = failed;
    this.machine = machine;
    this.config = config;
    this.index = index;
  }

  /** The machine, with the faults of its disk and clock. */
  public SimulatedNode machine() {
    return machine;
  }

  /** Its place among the servers of the cluster. */
  public int index() {
    return index;
  }

  /** Where it stands. */
  String datacenter() {
    return config.get(Settings.DC);
  }

  /** Where it stands in its data centre. */
  String rack() {
    return config.get(Settings.RACK);
  }

  /** Whether the program runs; it may not serve yet. */
  public boolean isRunning() {
    return process != null && machine.isRunning();
  }

  /** Whether clients are let in. */
  public boolean isServing() {
    return isRunning() && process.serving;
  }

  /** Has it so many lanes when it is started the next time. */
  void setLanes(int lanes) {
    config = config.with(Settings.LANES, lanes);
  }

  /** Says whether its disk has lost what was on it, so that it need not start. */
  void setDamaged(boolean isDamaged) {
    damaged = isDamaged;
  }

  /** Whether its node has left the cluster for good. */
  public boolean hasLeft() {
    return left || process != null && process.core.mode() == NodeMode.DECOMMISSIONED;
  }

  /** Why the program ended by itself the last time that it did, or null. */
  public Throwable fatal() {
    return fatal;
  }

  /** The program that runs, which must serve. */
  public NodeCore core() {
    if (!isServing()) {
      throw new IllegalStateException("server " + index + " does not serve");
    }
    return process.core;
  }

  /** Reads all that the node has of a table; see {@link ReplicaContents#read}. */
  CompletionStage<ReplicaContents> contents(UUID table, long purgeBeforeSeconds) {
    return ReplicaContents.read(process.engine, process.scheduler, table, purgeBeforeSeconds);
  }

  /**
   * Begins the program; it serves some time later. One that still runs is killed first. Nothing if
   * the machine is no more, as a fault may not know that was to be over by now.
   */
  public void start() {
    kill();
    if (scrapped) {
      return;
    }
    if (machine.files().hasFailed()) {
      // Nobody knows what of its memory is on the disk: who starts it again starts the machine.
      machine.crash();
    }
    process = new Process();
    try {
      process.open(machine.start(config.get(Settings.LANES)));
      // What its disk took to open it is behind it before it does anything else.
      machine.stop(0);
    } catch (SimulatedCrash e) {
      // The fault that was asked for came during the start.
      process = null;
    } catch (DiskFullException e) {
      // As an operator would, whoever watches the node starts it again later.
      fatal = e;
      kill();
    } catch (NodeHasLeftException e) {
      fatal = e;
      left = true;
      kill();
    } catch (IOException | CorruptDataException e) {
      fatal = e;
      kill();
      if (damaged || machine.files().hasFailed()) {
        return;
      }
      throw new ViolationException("server " + index + " does not start: " + e.getMessage());
    }
  }

  /** The machine is no more. */
  void scrap() {
    kill();
    scrapped = true;
  }

  /** Ends the program at once, as SIGKILL does. */
  public void kill() {
    process = null;
    machine.kill();
    failed.run();
  }

  /** Cuts the power. */
  public void crash() {
    process = null;
    machine.crash();
    failed.run();
  }

  /**
   * Gives a request to the node.
   *
   * @param answer told of the response on a lane of the node; never, if the node ends before
   */
  void execute(ClientState client, Request request, Consumer<Response> answer) {
    if (isServing() && client.lane() < process.scheduler.laneCount()) {
      process.execute(client, request, answer);
    }
  }

  /** One run of the program. */
  private final class Process implements NodeHost {
    private NodeCore core;
    private Scheduler scheduler;
    private StorageEngine engine;
    private boolean serving;

    void open(NodeRuntime runtime) throws IOException {
      scheduler = runtime.scheduler();
      NodeSeams seams =
          new NodeSeams() {
            @Override
            public Messenger messenger(Messenger messenger, ClusterView view) {
              return defect.messenger(messenger, view);
            }

            @Override
            public StorageEngine engine(StorageEngine own) {
              engine = own;
              return defect.engine(own);
            }
          };
      core = NodeCore.open(config, runtime, this, seams, this::ended);
      core.start()
          .whenComplete(
              (ready, failure) -> {
                serving = failure == null;
                core.setServing(serving);
                if (failure != null) {
                  ended(failure);
                }
              });
    }

    private void ended(Throwable cause) {
      fatal = cause;
      if (process == this) {
        kill();
      }
    }

    void execute(ClientState client, Request request, Consumer<Response> answer) {
      ResponseSink sink = new Answer(answer);
      RequestEnvelope envelope =
          new RequestEnvelope(ProtocolVersion.V5, 0, false, null, request, 100);
      Exchange exchange = new Exchange(client, sink, envelope);
      exchange.startedAt(machine.clock().nanoTime());
      scheduler
          .lane(client.lane())
          .execute(() -> core.service().execute(new ArrayList<>(List.of(exchange))));
    }

    @Override
    public int currentLane() {
      for (int i = 0; i < scheduler.laneCount(); i++) {
        if (scheduler.lane(i).isCurrent()) {
          return i;
        }
      }
      return -1;
    }

    @Override
    public InetSocketAddress nativeAddress() {
      return new InetSocketAddress(loopback(index + 1), 9042);
    }

    @Override
    public void publish(Event event) {
      // Clients of the simulation ask instead of waiting for events.
    }

    @Override
    public void stopServing() {
      serving = false;
    }

    @Override
    public void setServing(boolean isServing) {
      serving = isServing;
    }

    @Override
    public List<ClientState> clients() {
      return List.of();
    }

    @Override
    public List<Pool> pools() {
      return List.of();
    }

    @Override
    public Properties properties() {
      return new Properties();
    }
  }

  static InetAddress loopback(int last) {
    try {
      return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last});
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Takes the bytes of one answer, and gives the message that they are. */
  private record Answer(Consumer<Response> to) implements ResponseSink {
    @Override
    public ByteBuf open() {
      return Unpooled.buffer();
    }

    @Override
    public void abandon(ByteBuf buffer) {
      buffer.release();
    }

    @Override
    public void complete(ByteBuf buffer, Exchange exchange) {
      EnvelopeReader reader = new EnvelopeReader(UnpooledByteBufAllocator.DEFAULT, LARGEST_ANSWER);
      reader.feed(buffer);
      Envelope envelope = reader.next();
      Response response = ResponseCodec.decode(envelope).message();
      reader.close();
      to.accept(response);
    }
  }
}
