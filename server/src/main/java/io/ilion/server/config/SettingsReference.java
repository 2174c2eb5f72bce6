package io.ilion.server.config;

/** All settings as a commented file, from which {@code ilion.yaml} can be begun. */
public final class SettingsReference {
  private static final String HEAD =
      """
      # Every setting of Ilion, with its default. Made from the table of settings; a test keeps it so.
      #
      # A node reads ilion.yaml in its working directory, or --config FILE, or ILION_CONFIG=FILE. The variable
      # or the flag that stands beside a setting overrides the file; flags come last. A setting that is unknown
      # or wrong ends the start with its place and what would be right.
      """;

  private SettingsReference() {}

  /** The text of the file. */
  public static String text() {
    StringBuilder out = new StringBuilder(HEAD);
    String section = "";
    for (Setting<?> setting : Settings.all()) {
      if (!setting.section().equals(section)) {
        section = setting.section();
        out.append("\n\n# ==== ").append(section).append(" ====\n");
      }
      out.append("\n# ").append(capitalized(setting.description())).append(".\n");
      out.append("# ").append(capitalized(setting.type().rule())).append(". ");
      out.append(setting.flag()).append(", ").append(setting.variable()).append('\n');
      out.append(example(setting)).append('\n');
    }
    return out.toString();
  }

  /** A default that is a value stands there as such, ready to be changed. */
  private static String example(Setting<?> setting) {
    return isValue(setting)
        ? "#" + setting.name() + ": " + setting.defaultText()
        : "#" + setting.name() + ":  # default: " + setting.defaultText();
  }

  private static boolean isValue(Setting<?> setting) {
    try {
      Object value = setting.type().parser().apply(setting.defaultText());
      return value.equals(Config.defaults(1).get(setting));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String capitalized(String sentence) {
    return Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1);
  }
}
