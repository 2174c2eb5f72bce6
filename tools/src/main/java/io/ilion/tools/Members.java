package io.ilion.tools;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The processes of the nodes of a cluster on this machine, which can be ended and started again one
 * by one. Any thread may call any of it.
 */
final class Members {
  private static final String SERVING = "serving CQL on ";
  private static final String COMMANDS =
      "status, kill N (as kill -9), stop N (cleanly), start N, restart N, quit";

  private static final int MOST_OF_LOG = 4096;

  /** Starts the process of a node. */
  @FunctionalInterface
  interface Starter {
    /** The process; its output says when it serves. */
    Process start(int number) throws IOException;
  }

  private enum State {
    STARTING,
    SERVING,
    ENDED
  }

  /** A node. Guarded by this. */
  private static final class Member {
    State state = State.ENDED;
    Process process;
    String place = "";
    int code;
    boolean isWanted;
    boolean startsAgain;
  }

  private final Member[] members;
  private final Path data;
  private final Starter starter;
  private final Consumer<String> out;
  private boolean failed;
  private boolean stopping;

  /**
   * Nodes that do not run yet.
   *
   * @param data where each has its directory
   * @param out is told what happens, in lines
   */
  Members(int nodes, Path data, Starter starter, Consumer<String> out) {
    this.members = new Member[nodes + 1];
    this.data = data;
    this.starter = starter;
    this.out = out;
    for (int i = 1; i <= nodes; i++) {
      members[i] = new Member();
    }
  }

  /** Starts a node that does not run. */
  synchronized void start(int number) throws IOException {
    if (stopping) {
      return;
    }
    Member member = members[number];
    Process process = starter.start(number);
    member.process = process;
    member.state = State.STARTING;
    member.isWanted = true;
    Thread watch = new Thread(() -> watch(number, process), "node " + number);
    watch.setDaemon(true);
    watch.start();
  }

  private void watch(int number, Process process) {
    read(number, process);
    try {
      ended(number, process.waitFor());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void read(int number, Process process) {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(SERVING)) {
          serves(number, line);
        }
      }
    } catch (IOException e) {
      // Who ends a process by force closes its output.
      return;
    }
  }

  private synchronized void serves(int number, String line) {
    members[number].state = State.SERVING;
    members[number].place = line.substring(SERVING.length());
    out.accept("node " + number + ": " + line);
  }

  private synchronized void ended(int number, int code) {
    Member member = members[number];
    member.state = State.ENDED;
    member.code = code;
    if (member.isWanted && !stopping) {
      failed = true;
      out.accept(
          "node "
              + number
              + " ended with code "
              + code
              + lastSaid(number)
              + "; see "
              + log(number));
    } else if (!stopping) {
      out.accept("node " + number + " has ended");
    }
    if (member.startsAgain && !stopping) {
      member.startsAgain = false;
      tryStart(number);
    }
    notifyAll();
  }

  private void tryStart(int number) {
    try {
      start(number);
    } catch (IOException e) {
      failed = true;
      out.accept("node " + number + " cannot be started: " + e.getMessage());
    }
  }

  private Path log(int number) {
    return data.resolve("node" + number).resolve("log");
  }

  /** What a node that could not start says of it, in the last line but hints of its log. */
  private String lastSaid(int number) {
    try (RandomAccessFile file = new RandomAccessFile(log(number).toFile(), "r")) {
      byte[] end = new byte[(int) Math.min(file.length(), MOST_OF_LOG)];
      file.seek(file.length() - end.length);
      file.readFully(end);
      return new String(end, StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.startsWith("ilion: "))
          .reduce((before, last) -> last)
          .map(line -> line.replaceFirst("^ilion", ""))
          .orElse("");
    } catch (IOException e) {
      // There is no log, and so nothing to say.
      return "";
    }
  }

  /** Does what somebody typed, or says what can be typed. */
  synchronized void command(String line) {
    String[] words = line.toLowerCase(Locale.ROOT).split("\\s+");
    if (words.length == 1) {
      switch (words[0]) {
        case "status" -> status();
        case "quit", "exit" -> {
          stopping = true;
          notifyAll();
        }
        default -> out.accept("there is: " + COMMANDS);
      }
      return;
    }
    boolean isKnown = List.of("kill", "stop", "start", "restart").contains(words[0]);
    int number = words.length == 2 && words[1].matches("\\d{1,3}") ? Integer.parseInt(words[1]) : 0;
    if (!isKnown || words.length > 2) {
      out.accept("there is: " + COMMANDS);
    } else if (number < 1 || number >= members.length) {
      out.accept("there are nodes 1 to " + (members.length - 1) + ", and no '" + words[1] + "'");
    } else {
      change(words[0], number);
    }
  }

  private void change(String what, int number) {
    Member member = members[number];
    boolean runs = member.state != State.ENDED;
    if (what.equals("start") || (what.equals("restart") && !runs)) {
      if (runs) {
        out.accept("node " + number + " runs already");
      } else {
        tryStart(number);
      }
    } else if (!runs) {
      out.accept("node " + number + " does not run");
    } else {
      member.isWanted = false;
      member.startsAgain = what.equals("restart");
      if (what.equals("kill")) {
        member.process.destroyForcibly();
      } else {
        member.process.destroy();
      }
    }
  }

  private void status() {
    for (int i = 1; i < members.length; i++) {
      Member member = members[i];
      String text =
          switch (member.state) {
            case STARTING -> "starting, pid " + member.process.pid();
            case SERVING -> "serving on " + member.place + ", pid " + member.process.pid();
            case ENDED -> "ended with code " + member.code;
          };
      out.accept("node " + i + ": " + text + ", log " + log(i));
    }
  }

  /**
   * Waits until no node runs that somebody could want, or somebody wants to quit; false if a node
   * ended by itself.
   */
  synchronized boolean awaitEnd() throws InterruptedException {
    while (!stopping && isAnyLeft()) {
      wait();
    }
    return !failed;
  }

  /** A node that somebody ended may be started again, so it keeps the others' place. */
  private boolean isAnyLeft() {
    for (int i = 1; i < members.length; i++) {
      if (members[i].state != State.ENDED || !members[i].isWanted) {
        return true;
      }
    }
    return false;
  }

  /** Ends all nodes, and waits for them so long. */
  void stop(int seconds) {
    synchronized (this) {
      stopping = true;
      for (int i = 1; i < members.length; i++) {
        if (members[i].process != null) {
          members[i].process.destroy();
        }
      }
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    for (int i = 1; i < members.length; i++) {
      Process process = members[i].process;
      try {
        long left = Math.max(0, deadline - System.nanoTime());
        if (process != null && !process.waitFor(left, TimeUnit.NANOSECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
