package io.ilion.tools.bench;

import io.ilion.bench.load.BenchException;
import io.ilion.bench.load.spread.Agent;
import io.ilion.bench.load.spread.Link;
import io.ilion.bench.load.spread.Message;
import io.ilion.bench.load.spread.SharedSecret;
import io.ilion.tools.console.Interruption;
import io.ilion.tools.console.ToolException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Takes part in runs that others lead. */
@Command(
    name = "agent",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Takes part in runs that 'ilion bench run --agents' leads from another machine.",
      "A leader has to know the secret of --secret-file; without one only this machine is served."
          + " Nothing is encrypted: credentials that the leader was given as options come over the"
          + " network as they are.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  openssl rand -hex 32 > secret         once; then copy it to all machines",
      "  ilion bench agent --listen 0.0.0.0:9642 --secret-file secret",
      "  ilion bench run ycsb-a --agents one,two --secret-file secret   leads"
    })
public final class AgentCommand implements Callable<Integer> {
  private static final int DEFAULT_PORT = 9642;
  private static final int MOST_WAITING = 16;
  private static final int FIRST_MILLIS = 10_000;

  /** A run whose leader has gone is over when its last answers are there. */
  private static final int ENDING_MILLIS = 3_000;

  @CommandLine.Spec private CommandSpec spec;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:" + DEFAULT_PORT,
      description = "where leaders connect (default: ${DEFAULT-VALUE})")
  private String listen;

  @Option(
      names = "--secret-file",
      paramLabel = "FILE",
      description = "a text that leaders have to know, 16 characters or more")
  private Path secretFile;

  /** For those that 'run --processes' starts: one run over the standard streams. */
  @Option(names = "--stdio", hidden = true)
  private boolean stdio;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (stdio) {
      OutputStream out = System.out;
      // Whatever else is printed must not get between the messages.
      System.setOut(new PrintStream(System.err, true));
      // A terminal tells all its processes of Ctrl-C: the leader says what is to be done then.
      try (Interruption unused = Interruption.asks(() -> {})) {
        new Agent(new Link("the leader", System.in, out, out), LoadSession::connect, null, () -> {})
            .serve();
      }
      return 0;
    }
    SharedSecret secret = secret(secretFile);
    InetSocketAddress place = place(listen);
    if (secret == null && !place.getAddress().isLoopbackAddress()) {
      throw ToolException.wrongUse("--listen " + listen + " needs a --secret-file")
          .hint("whoever reaches the port could put any cluster under load from here");
    }
    Semaphore idle = new Semaphore(1);
    try (ServerSocket server = new ServerSocket()) {
      server.setReuseAddress(true);
      server.bind(place, MOST_WAITING);
      PrintWriter out = spec.commandLine().getOut();
      out.println(
          "waiting for runs on " + listen.replaceFirst(":\\d+$", ":" + server.getLocalPort()));
      out.flush();
      while (true) {
        Socket socket = server.accept();
        Thread.ofPlatform().name("leader").daemon().start(() -> serve(socket, secret, idle));
      }
    } catch (IOException e) {
      throw ToolException.failed(listen + ": " + e.getMessage()).causedBy(e);
    }
  }

  private void serve(Socket socket, SharedSecret secret, Semaphore idle) {
    PrintWriter err = spec.commandLine().getErr();
    try (socket) {
      socket.setTcpNoDelay(true);
      // Who says nothing must not keep others away.
      socket.setSoTimeout(FIRST_MILLIS);
      String leader = "leader " + socket.getRemoteSocketAddress();
      try (Link link =
          new Link(leader, socket.getInputStream(), socket.getOutputStream(), socket)) {
        if (!idle.tryAcquire(ENDING_MILLIS, TimeUnit.MILLISECONDS)) {
          link.send(new Message.Failed("it takes part in another run"));
          return;
        }
        try {
          err.println(leader + " begins");
          new Agent(link, LoadSession::connect, secret, () -> waitLonger(socket)).serve();
          err.println(leader + " has ended");
        } finally {
          idle.release();
        }
      }
    } catch (IOException | BenchException e) {
      err.println("ilion: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The secret of a file, or null if there is none. */
  static SharedSecret secret(Path file) {
    try {
      return file == null ? null : SharedSecret.read(file);
    } catch (BenchException e) {
      throw ToolException.wrongUse(e.getMessage()).causedBy(e);
    }
  }

  /** A leader that is known may be silent for as long as a phase takes. */
  private static void waitLonger(Socket socket) {
    try {
      socket.setSoTimeout(0);
    } catch (SocketException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A place such as {@code host:9642}; the port may be left out. */
  static InetSocketAddress place(String text) {
    int colon = text.lastIndexOf(':');
    boolean hasPort = colon > 0 && (text.indexOf(':') == colon || text.charAt(colon - 1) == ']');
    String host = hasPort ? text.substring(0, colon) : text;
    try {
      int port = hasPort ? Integer.parseInt(text.substring(colon + 1)) : DEFAULT_PORT;
      InetSocketAddress place = new InetSocketAddress(host.replaceAll("[\\[\\]]", ""), port);
      if (place.isUnresolved()) {
        throw ToolException.failed(host + ": there is no such host");
      }
      return place;
    } catch (IllegalArgumentException e) {
      throw ToolException.wrongUse("'" + text + "' is no HOST:PORT").causedBy(e);
    }
  }
}
