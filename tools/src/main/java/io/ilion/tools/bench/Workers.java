package io.ilion.tools.bench;

import io.ilion.bench.load.run.LoadWorker;
import io.ilion.bench.load.spread.AgentGroup;
import io.ilion.bench.load.spread.Link;
import io.ilion.bench.load.spread.Message;
import io.ilion.bench.load.spread.SharedSecret;
import io.ilion.tools.Ilion;
import io.ilion.tools.console.ToolException;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Who issues the operations of a run: this process, others of this machine, or agents on several.
 */
final class Workers implements AutoCloseable {
  private static final int CONNECT_MILLIS = 5000;

  private final List<Process> processes;
  private final List<Link> links;
  private final Message.Job job;
  private final SharedSecret secret;
  private AgentGroup group;

  private Workers(List<Process> processes, List<Link> links, Message.Job job, SharedSecret secret) {
    this.processes = processes;
    this.links = links;
    this.job = job;
    this.secret = secret;
  }

  /** Nobody else. */
  static Workers thisProcess() {
    return new Workers(List.of(), List.of(), null, null);
  }

  /** So many processes of this machine, which end with the run. */
  static Workers processes(int count, Message.Job job) {
    Workers workers = new Workers(new ArrayList<>(), new ArrayList<>(), job, null);
    try {
      for (int i = 1; i <= count; i++) {
        Process process =
            new ProcessBuilder(command()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        workers.processes.add(process);
        workers.links.add(
            new Link(
                "process %d (pid %d)".formatted(i, process.pid()),
                process.getInputStream(),
                process.getOutputStream(),
                process.getOutputStream()));
      }
    } catch (IOException e) {
      workers.close();
      throw ToolException.failed("a process cannot be started: " + e.getMessage()).causedBy(e);
    }
    return workers;
  }

  /** What starts an agent with the virtual machine, the flags and the classes of this process. */
  private static List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      // Two cannot listen for one debugger, nor write one recording.
      if (!flag.startsWith("-agentlib:") && !flag.startsWith("-XX:StartFlightRecording")) {
        command.add(flag);
      }
    }
    command.add("-cp");
    command.add(absolute(System.getProperty("java.class.path")));
    command.addAll(List.of(Ilion.class.getName(), "bench", "agent", "--stdio"));
    return command;
  }

  private static String absolute(String classPath) {
    List<String> places = new ArrayList<>();
    for (String place : classPath.split(File.pathSeparator)) {
      places.add(Path.of(place).toAbsolutePath().toString());
    }
    return String.join(File.pathSeparator, places);
  }

  /**
   * Agents that listen at these places.
   *
   * @param secret that they have to know; null if they have none
   */
  static Workers agents(List<String> places, Message.Job job, SharedSecret secret) {
    Workers workers = new Workers(List.of(), new ArrayList<>(), job, secret);
    for (String place : places) {
      try {
        Socket socket = new Socket();
        try {
          socket.connect(AgentCommand.place(place), CONNECT_MILLIS);
          socket.setTcpNoDelay(true);
          workers.links.add(
              new Link(
                  "agent " + place, socket.getInputStream(), socket.getOutputStream(), socket));
        } catch (IOException e) {
          socket.close();
          throw e;
        }
      } catch (IOException e) {
        workers.close();
        throw ToolException.failed(
                "agent %s cannot be reached: %s".formatted(place, e.getMessage()))
            .hint("'ilion bench agent --listen " + place + "' has to run there")
            .causedBy(e);
      }
    }
    return workers;
  }

  /** Whether nobody else issues operations. */
  boolean isThisProcess() {
    return job == null;
  }

  /** How many processes there are. */
  int count() {
    return links.size();
  }

  /** The workers, when all of them are connected. */
  LoadWorker prepared() throws InterruptedException {
    group = new AgentGroup(links, secret);
    group.prepare(job);
    return group;
  }

  @Override
  public void close() {
    // An agent ends with its link.
    for (Link link : links) {
      link.close();
    }
    for (Process process : processes) {
      process.destroy();
    }
  }
}
