package io.ilion.server.config;

import java.util.Locale;
import java.util.function.Function;

/**
 * One setting: all that is known of it, in one place.
 *
 * @param <T> the type of its values
 * @param name its name in {@code ilion.yaml}; Cassandra's where the meaning is the same
 * @param flag the flag of {@code ilion start}, with its dashes
 * @param type how its values are written
 * @param defaultValue its value when nobody gives one; may look at settings that stand before it in
 *     the table
 * @param defaultText the default as help shows it
 * @param description what it does, in one sentence without the final dot
 * @param section the heading under which it stands
 */
public record Setting<T>(
    String name,
    String flag,
    SettingType<T> type,
    Function<Config, T> defaultValue,
    String defaultText,
    String description,
    String section) {

  /** Its environment variable: {@code ILION_} and the name in capitals. */
  public String variable() {
    return ConfigLoader.VARIABLE_PREFIX + name.toUpperCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return name;
  }
}
