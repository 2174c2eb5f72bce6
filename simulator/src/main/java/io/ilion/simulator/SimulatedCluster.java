package io.ilion.simulator;

import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** The servers of one cluster and the world that they live in; all of it follows from a seed. */
public final class SimulatedCluster {
  private static final int STORAGE_PORT = 7000;

  /** What is between two data centres. */
  private static final LinkFaults FAR = new LinkFaults(2_000_000, 10_000_000, 0, 0, 0, true);

  private final SimulatedWorld world;
  private final SimulatedRandom random;
  private final Shape shape;
  private final Defect defect;
  private final UnaryOperator<Config> settings;
  private final List<String> seeds;
  private final int tokens;
  private final List<SimulatedServer> servers = new ArrayList<>();
  private int machines;
  private long mostClockOffsetMicros;
  private Runnable failureListener = () -> {};

  /** Machines for a number of servers, none of which has been started. */
  public SimulatedCluster(long seed, int count) {
    this(seed, count, Defect.NONE, UnaryOperator.identity());
  }

  /** As above, with servers that do something wrong, and other settings than the usual ones. */
  SimulatedCluster(long seed, int count, Defect defect, UnaryOperator<Config> settings) {
    this(seed, count, Shape.plain(count), defect, settings);
  }

  /** As above, with servers in several places. */
  SimulatedCluster(
      long seed, int count, Shape shape, Defect defect, UnaryOperator<Config> settings) {
    this.shape = shape;
    this.settings = settings;
    world = new SimulatedWorld(seed);
    random = new SimulatedRandom(seed ^ 0x5EED);
    this.defect = defect;
    // Few ranges are quick to compare and to move, many leave more room between the moves.
    tokens = 4 << random.below(3);
    seeds = count == 1 ? List.of() : List.of(address(0), address(1));
    for (int i = 0; i < count; i++) {
      add();
    }
  }

  /** One more machine with an empty disk; its server joins the others when it is started. */
  public SimulatedServer add() {
    return add(UnaryOperator.identity());
  }

  /** As above, with settings of its own. */
  SimulatedServer add(UnaryOperator<Config> own) {
    int index = machines++;
    String address = address(index);
    Config config =
        Config.defaults(2)
            .with(Settings.LANES, 1 + random.below(2))
            .with(Settings.DATA_DIRECTORY, "node")
            .with(Settings.ADDRESS, address)
            .with(Settings.BROADCAST_ADDRESS, address)
            .with(Settings.BROADCAST_RPC_ADDRESS, address)
            .with(Settings.STORAGE_PORT, STORAGE_PORT)
            .with(Settings.SEEDS, seeds)
            .with(Settings.NUM_TOKENS, tokens)
            .with(Settings.MEMTABLE_HEAP_SPACE, 64L << 10 + random.below(4))
            .with(Settings.FILE_CACHE_SIZE, 1L << 20)
            .with(Settings.COMMITLOG_SEGMENT_SIZE, 64L << 10)
            .with(Settings.COMMITLOG_TOTAL_SPACE, 1L << 20)
            // Often enough for some repairs within a run.
            .with(Settings.AUTO_REPAIR_INTERVAL, Duration.ofSeconds(30));
    SimulatedServer server =
        new SimulatedServer(
            world.addNode(new NodeAddress(address, STORAGE_PORT)),
            own.apply(settings.apply(shape.place(config, index))),
            index,
            defect,
            () -> failureListener.run());
    defect.machine(server.machine());
    setClock(server);
    for (SimulatedServer other : servers) {
      setLink(server, other, null);
      setLink(other, server, null);
    }
    servers.add(server);
    return server;
  }

  /** Has the clocks of all machines that are there, and of all to come, differ from the start. */
  void clocksDiffer(long mostMicros) {
    mostClockOffsetMicros = mostMicros;
    servers.forEach(this::setClock);
  }

  private void setClock(SimulatedServer server) {
    if (mostClockOffsetMicros > 0) {
      server.machine().clock().jump(random.between(-mostClockOffsetMicros, mostClockOffsetMicros));
    }
  }

  /** A machine is no more: its server has left, or is dead for ever. */
  public void remove(SimulatedServer server) {
    server.scrap();
    servers.remove(server);
  }

  private static String address(int index) {
    return SimulatedServer.loopback(index + 1).getHostAddress();
  }

  /** The world, with its time and network. */
  public SimulatedWorld world() {
    return world;
  }

  /** Where the servers stand. */
  Shape shape() {
    return shape;
  }

  /**
   * Gives each direction of each link faults of its own; null for none but that the way is long
   * between two data centres. Says whether one has any.
   */
  boolean setLinks(Supplier<LinkFaults> own) {
    boolean any = false;
    for (SimulatedServer from : servers) {
      for (SimulatedServer to : servers) {
        LinkFaults faults = from.equals(to) ? null : own.get();
        any |= faults != null;
        setLink(from, to, faults);
      }
    }
    return any;
  }

  private void setLink(SimulatedServer from, SimulatedServer to, LinkFaults own) {
    boolean far = own == null && !from.datacenter().equals(to.datacenter());
    world.network().setFaults(from.machine().address(), to.machine().address(), far ? FAR : own);
  }

  /** The servers that are there, in the order in which they came. */
  public List<SimulatedServer> servers() {
    return servers;
  }

  /** Has somebody told whenever a process of a node ends. */
  public void onFailure(Runnable listener) {
    failureListener = listener;
  }

  /** Starts every server that does not run. */
  public void startAll() {
    for (SimulatedServer server : servers) {
      if (!server.isRunning()) {
        server.start();
      }
    }
  }

  /** Whether every server lets clients in. */
  public boolean isServing() {
    return servers.stream().allMatch(SimulatedServer::isServing);
  }

  /** Draws that belong to the test and disturb nothing else. */
  public SimulatedRandom splitRandom() {
    return random.split();
  }
}
