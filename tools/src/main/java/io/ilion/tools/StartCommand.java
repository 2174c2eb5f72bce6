package io.ilion.tools;

import io.ilion.server.Node;
import io.ilion.server.config.Config;
import io.ilion.server.config.ConfigException;
import io.ilion.server.config.ConfigLoader;
import io.ilion.server.config.Setting;
import io.ilion.server.config.Settings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** {@code ilion start}: a node in the foreground, until SIGTERM or SIGINT ends it. */
final class StartCommand implements Callable<Integer> {
  private static final String CONFIG_FLAG = "--config";
  private static final String DEFAULT_FILE = "ilion.yaml";
  private static final int FAILED = 1;

  private final Map<String, String> environment;
  private CommandSpec spec;

  private StartCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  /** The command with a flag for each setting of the table. */
  static CommandSpec spec(Map<String, String> environment) {
    StartCommand start = new StartCommand(environment);
    CommandSpec spec = CommandSpec.wrapWithoutInspection(start);
    start.spec = spec;
    spec.name("start").mixinStandardHelpOptions(true);
    spec.versionProvider(new Ilion.Version());
    spec.usageMessage()
        .description(
            "Starts a node and serves until it is stopped.",
            "A setting can stand in the file (under the name in brackets), in the environment",
            "(ILION_ and that name in capitals) or here; the later overrides the earlier.")
        .footerHeading("%nExamples:%n")
        .footer(
            "  ilion start                                 127.0.0.1:9042, data in ./data",
            "  ilion start --config /etc/ilion.yaml --data /var/lib/ilion",
            "  ilion start --address 10.0.0.2 --seeds 10.0.0.1 --memory 8G",
            "  ILION_COMMITLOG_SYNC=periodic ilion start --native-port 9043")
        .sortOptions(false)
        .abbreviateSynopsis(true)
        .width(110);
    spec.addOption(
        OptionSpec.builder(CONFIG_FLAG)
            .type(String.class)
            .paramLabel("FILE")
            .description("the file of settings (default: " + DEFAULT_FILE + " if there is one)")
            .build());
    for (Setting<?> setting : Settings.all()) {
      spec.addOption(
          OptionSpec.builder(setting.flag())
              .type(String.class)
              .paramLabel(setting.type().hint())
              .description(describe(setting))
              .build());
    }
    return spec;
  }

  private static String describe(Setting<?> setting) {
    String byDefault = setting.defaultText().isEmpty() ? "none" : setting.defaultText();
    String text = setting.description() + " (default: " + byDefault + ") [" + setting.name() + "]";
    return text.replace("%", "%%");
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Config config = config();
    checkHeap(config, Runtime.getRuntime().maxMemory());
    Node node = Node.start(config, StartCommand::halt);
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  node.close();
                  stopped.countDown();
                },
                "shutdown"));
    InetSocketAddress address = node.nativeAddress();
    System.out.println(
        "serving CQL on " + address.getAddress().getHostAddress() + ":" + address.getPort());
    InetSocketAddress http = node.httpAddress();
    if (http != null) {
      System.out.println(
          "serving HTTP on " + http.getAddress().getHostAddress() + ":" + http.getPort());
    }
    System.out.flush();
    stopped.await();
    return 0;
  }

  /**
   * Ends the process at once: nobody knows what is on the disk, so nothing more may be written or
   * answered, as a clean end would. The next start replays what was synced.
   */
  private static void halt(Throwable failure) {
    System.err.println("ilion: the node cannot go on: " + failure);
    System.err.flush();
    Runtime.getRuntime().halt(FAILED);
  }

  /**
   * Ends a start whose process got less heap than the settings count on, since caches and memtables
   * would not fit: who started it read another {@code memory} than this does.
   */
  static void checkHeap(Config config, long heapBytes) {
    long wanted = Settings.heap(config);
    if (heapBytes < wanted / 10 * 9) {
      throw new ConfigException(
          "memory: "
              + (config.get(Settings.MEMORY) >> 20)
              + " MiB"
              + " wants a heap of "
              + (wanted >> 20)
              + " MiB, and this process has "
              + (heapBytes >> 20)
              + " MiB; in the file, 'memory' must stand on a line of its own, such as 'memory: 4G',"
              + " and without './ilion' the heap is given by -Xmx");
    }
  }

  private Config config() throws IOException {
    Map<String, String> flags = new LinkedHashMap<>();
    for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
      if (!option.longestName().equals(CONFIG_FLAG)) {
        flags.put(option.longestName(), option.getValue());
      }
    }
    int processors = Runtime.getRuntime().availableProcessors();
    return ConfigLoader.load(processors, file(), environment, flags);
  }

  /** The file that was named, which must exist, or the one that happens to be there, or null. */
  private ConfigLoader.Source file() throws IOException {
    String named = spec.commandLine().getParseResult().matchedOptionValue(CONFIG_FLAG, null);
    if (named == null) {
      named = environment.get(ConfigLoader.CONFIG_VARIABLE);
    }
    Path path = Path.of(named == null ? DEFAULT_FILE : named);
    if (!Files.isRegularFile(path)) {
      if (named == null) {
        return null;
      }
      throw new ConfigException(path + ": there is no such file");
    }
    return new ConfigLoader.Source(path.toString(), Files.readString(path, StandardCharsets.UTF_8));
  }
}
