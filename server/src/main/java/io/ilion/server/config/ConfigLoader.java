package io.ilion.server.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Makes a {@link Config} of three sources, the later overriding the earlier: a YAML text, variables
 * of the environment, flags. The first thing wrong ends it with a {@link ConfigException} that
 * names the place ({@code ilion.yaml:7}, {@code ILION_LANES}, {@code --lanes}).
 */
public final class ConfigLoader {
  /** What the environment variables of settings begin with. */
  public static final String VARIABLE_PREFIX = "ILION_";

  /** The variable that names the file; like the others below, it is no setting. */
  public static final String CONFIG_VARIABLE = VARIABLE_PREFIX + "CONFIG";

  private static final List<String> OTHER_VARIABLES =
      List.of(CONFIG_VARIABLE, VARIABLE_PREFIX + "JAVA_OPTIONS");

  private final Map<Setting<?>, Object> values = new LinkedHashMap<>();
  private final Map<Setting<?>, String> places = new LinkedHashMap<>();

  private ConfigLoader() {}

  /** A file of settings. */
  public record Source(String name, String yaml) {}

  /**
   * Loads a configuration.
   *
   * @param processors how many processors the node may use
   * @param file the file of settings; null when there is none
   * @param environment all variables; only those that begin with {@code ILION_} matter
   * @param flags values by flag, with its dashes
   */
  public static Config load(
      int processors, Source file, Map<String, String> environment, Map<String, String> flags) {
    ConfigLoader loader = new ConfigLoader();
    if (file != null) {
      loader.readFile(file);
    }
    loader.readEnvironment(environment);
    loader.readFlags(flags);
    Config config = new Config(processors, loader.values);
    loader.checkTogether(config);
    return config;
  }

  private void readFile(Source file) {
    List<String> names = Settings.all().stream().map(Setting::name).toList();
    for (YamlSettings.Entry entry : YamlSettings.read(file.name(), file.yaml())) {
      Setting<?> setting =
          Settings.all().stream()
              .filter(candidate -> candidate.name().equals(entry.name()))
              .findAny()
              .orElseThrow(() -> unknown(entry.place() + ": unknown setting", entry.name(), names));
      if (entry.isList()) {
        throw wrong(entry.place() + ": " + setting.name(), "a list", setting);
      }
      put(setting, entry.place() + ": " + setting.name(), entry.value());
    }
  }

  private void readEnvironment(Map<String, String> environment) {
    List<String> names = Settings.all().stream().map(Setting::variable).toList();
    new TreeMap<>(environment)
        .forEach(
            (name, value) -> {
              if (!name.startsWith(VARIABLE_PREFIX) || OTHER_VARIABLES.contains(name)) {
                return;
              }
              int index = names.indexOf(name);
              if (index < 0) {
                throw unknown("unknown environment variable", name, names);
              }
              put(Settings.all().get(index), "environment variable " + name, value);
            });
  }

  private void readFlags(Map<String, String> flags) {
    List<String> names = Settings.all().stream().map(Setting::flag).toList();
    flags.forEach(
        (name, value) -> {
          int index = names.indexOf(name);
          if (index < 0) {
            throw unknown("unknown flag", name, names);
          }
          put(Settings.all().get(index), "flag " + name, value);
        });
  }

  private void put(Setting<?> setting, String place, String text) {
    try {
      values.put(setting, setting.type().parser().apply(text));
      places.put(setting, place);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw wrong(place, "'" + text + "'", setting);
    }
  }

  private void checkTogether(Config config) {
    checkOrder(config, Settings.BATCH_SIZE_WARN_THRESHOLD, Settings.BATCH_SIZE_FAIL_THRESHOLD);
    checkOrder(config, Settings.TOMBSTONE_WARN_THRESHOLD, Settings.TOMBSTONE_FAILURE_THRESHOLD);
    checkOrder(
        config,
        Settings.PARTITION_KEYS_IN_SELECT_WARN_THRESHOLD,
        Settings.PARTITION_KEYS_IN_SELECT_FAIL_THRESHOLD);
    checkOrder(
        config,
        Settings.COLUMN_VALUE_SIZE_WARN_THRESHOLD,
        Settings.COLUMN_VALUE_SIZE_FAIL_THRESHOLD);
    checkOrder(
        config,
        Settings.ITEMS_PER_COLLECTION_WARN_THRESHOLD,
        Settings.ITEMS_PER_COLLECTION_FAIL_THRESHOLD);
    long budgets = config.get(Settings.MEMTABLE_HEAP_SPACE) + config.get(Settings.FILE_CACHE_SIZE);
    long mostMib = Settings.mostBudgets(config) >> 20;
    if (budgets >> 20 > mostMib) {
      throw new ConfigException(
          place(Settings.MEMORY)
              + ": memtable_heap_space and file_cache_size together may take "
              + mostMib
              + "MiB of it");
    }
    if (config.get(Settings.COMMITLOG_TOTAL_SPACE)
        < 2 * config.get(Settings.COMMITLOG_SEGMENT_SIZE)) {
      throw new ConfigException(
          place(Settings.COMMITLOG_TOTAL_SPACE)
              + ": it must hold at least two segments (commitlog_segment_size)");
    }
    if (config.get(Settings.INTERNODE_ENCRYPTION) != Encryption.NONE) {
      checkNamed(config, Settings.INTERNODE_ENCRYPTION, Settings.INTERNODE_CERTIFICATE);
      checkNamed(config, Settings.INTERNODE_ENCRYPTION, Settings.INTERNODE_TRUSTED_CERTIFICATES);
    }
    if (config.get(Settings.CLIENT_ENCRYPTION) != Encryption.NONE) {
      checkNamed(config, Settings.CLIENT_ENCRYPTION, Settings.CLIENT_ENCRYPTION_CERTIFICATE);
      if (config.get(Settings.CLIENT_ENCRYPTION_REQUIRE_CLIENT_AUTH)) {
        checkNamed(
            config,
            Settings.CLIENT_ENCRYPTION_REQUIRE_CLIENT_AUTH,
            Settings.CLIENT_ENCRYPTION_TRUSTED_CERTIFICATES);
      }
    }
  }

  private void checkNamed(Config config, Setting<?> wanting, Setting<String> file) {
    if (config.get(file).isEmpty()) {
      throw new ConfigException(
          place(wanting) + " needs " + file.name() + ": " + file.description() + ".");
    }
  }

  private <N extends Number> void checkOrder(Config config, Setting<N> warn, Setting<N> fail) {
    long warnAt = config.get(warn).longValue();
    long failAt = config.get(fail).longValue();
    if (warnAt != -1 && failAt != -1 && warnAt > failAt) {
      throw new ConfigException(
          places.containsKey(warn)
              ? place(warn) + " is above " + fail.name() + "."
              : place(fail) + " is below " + warn.name() + ".");
    }
  }

  private String place(Setting<?> setting) {
    return places.getOrDefault(setting, setting.name());
  }

  private static ConfigException wrong(String place, String found, Setting<?> setting) {
    return new ConfigException(
        place + " is " + found + "; expected " + setting.type().rule() + ".");
  }

  private static ConfigException unknown(String what, String name, List<String> names) {
    String nearest = NearestName.of(name, names);
    return new ConfigException(
        what
            + " '"
            + name
            + "'; "
            + (nearest == null
                ? "'ilion start --help' tells those that there are"
                : "did you mean '" + nearest + "'?"));
  }
}
