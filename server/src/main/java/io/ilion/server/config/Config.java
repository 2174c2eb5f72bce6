package io.ilion.server.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The value of every setting of one node. Immutable. */
public final class Config {
  private final int processors;
  private final Map<Setting<?>, Object> values;

  /**
   * Completes what was given with defaults.
   *
   * @param processors how many processors the node may use
   * @param given values of the right types, as a {@link ConfigLoader} makes them
   */
  Config(int processors, Map<Setting<?>, Object> given) {
    this.processors = processors;
    this.values = new LinkedHashMap<>();
    for (Setting<?> setting : Settings.all()) {
      Object value = given.get(setting);
      values.put(setting, value != null ? value : setting.defaultValue().apply(this));
    }
  }

  /** A node that has every default, on a machine of so many processors. */
  public static Config defaults(int processors) {
    return new Config(processors, Map.of());
  }

  /** This configuration with one value changed; defaults that were derived stay as they are. */
  public <T> Config with(Setting<T> setting, T value) {
    Map<Setting<?>, Object> changed = new LinkedHashMap<>(values);
    changed.put(setting, value);
    return new Config(processors, changed);
  }

  /** The value of a setting of {@link Settings}; never null. */
  @SuppressWarnings("unchecked") // a value has the type of its setting: see the constructor
  public <T> T get(Setting<T> setting) {
    T value = (T) values.get(setting);
    if (value == null) {
      throw new IllegalArgumentException("'" + setting.name() + "' stands later in the table");
    }
    return value;
  }

  /** How many processors the node may use. */
  public int processors() {
    return processors;
  }

  /** All names with their values as they would be written in {@code ilion.yaml}, in table order. */
  public Map<String, String> asText() {
    Map<String, String> text = new LinkedHashMap<>();
    Settings.all().forEach(setting -> text.put(setting.name(), print(setting)));
    return Collections.unmodifiableMap(text);
  }

  private <T> String print(Setting<T> setting) {
    return setting.type().printer().apply(get(setting));
  }
}
