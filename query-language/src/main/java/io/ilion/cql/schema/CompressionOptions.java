package io.ilion.cql.schema;

import io.ilion.model.CqlException;
import io.ilion.model.schema.TableProperties;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Reads the table option {@code compression}. */
final class CompressionOptions {
  private static final Map<String, Set<String>> COMPRESSORS =
      Map.of(
          "LZ4Compressor", Set.of("lz4_compressor_type", "lz4_high_compressor_level"),
          "SnappyCompressor", Set.of(),
          "DeflateCompressor", Set.of(),
          "ZstdCompressor", Set.of("compression_level"),
          "NoopCompressor", Set.of());
  private static final Set<String> COMMON =
      Set.of("chunk_length_in_kb", "min_compress_ratio", "crc_check_chance");
  private static final Map<String, String> NONE = Map.of("enabled", "false");

  private CompressionOptions() {}

  /** The options given, checked and completed, or {@code base} when none were given. */
  static Map<String, String> read(Map<String, String> given, Map<String, String> base) {
    if (given == null) {
      return base;
    }
    PropertyReader.checkLengths("compression", given);
    Map<String, String> result = new TreeMap<>(given);
    String enabled = result.remove("enabled");
    String name = result.remove("class");
    if ("false".equalsIgnoreCase(enabled)) {
      if (!result.isEmpty() || name != null) {
        throw CqlException.config(
            "If the 'enabled' option is set to false no other options must be specified");
      }
      return NONE;
    }
    if (given.isEmpty() || name != null && name.isEmpty()) {
      return NONE;
    }
    if (name == null) {
      throw CqlException.config("Missing sub-option 'class' for the 'compression' option.");
    }
    String simple = name.substring(name.lastIndexOf('.') + 1);
    if (!COMPRESSORS.containsKey(simple)) {
      throw CqlException.config(
          "Could not create Compression for type %s%s",
          name.contains(".") ? "" : TableProperties.COMPRESSION_PACKAGE, name);
    }
    for (String option : result.keySet()) {
      if (!COMMON.contains(option) && !COMPRESSORS.get(simple).contains(option)) {
        throw CqlException.config("Unknown compression options %s", option);
      }
    }
    result.put("chunk_length_in_kb", chunkLength(result.getOrDefault("chunk_length_in_kb", "16")));
    result.put("class", TableProperties.COMPRESSION_PACKAGE + simple);
    return result;
  }

  private static String chunkLength(String text) {
    try {
      int kilobytes = Integer.parseInt(text);
      if (kilobytes <= 0 || Integer.bitCount(kilobytes) != 1) {
        throw CqlException.config("chunk_length_in_kb must be a power of 2");
      }
      return text;
    } catch (NumberFormatException e) {
      throw CqlException.config(
          "Invalid value for chunk_length_in_kb: For input string: \"%s\"", text);
    }
  }
}
