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
  private static final Set<String> COMMON = Set.of("chunk_length_in_kb", "min_compress_ratio");
  private static final int LEAST_ZSTD_LEVEL = -(1 << 17);
  private static final int MOST_ZSTD_LEVEL = 22;
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
    if (given.isEmpty()) {
      return NONE;
    }
    if (name != null && name.isEmpty()) {
      throw CqlException.config(
          "The 'class' option must not be empty. To disable compression use 'enabled' : false");
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
    checkValues(result);
    result.put("class", TableProperties.COMPRESSION_PACKAGE + simple);
    return result;
  }

  private static String chunkLength(String text) {
    try {
      int kilobytes = Integer.parseInt(text);
      if (kilobytes > Integer.MAX_VALUE / 1024) {
        throw CqlException.config("Value of chunk_length_in_kb is too large (%s)", text);
      }
      if (kilobytes <= 0) {
        throw CqlException.config("Invalid negative or null chunk_length_in_kb");
      }
      if (Integer.bitCount(kilobytes) != 1) {
        throw CqlException.config("chunk_length_in_kb must be a power of 2");
      }
      return text;
    } catch (NumberFormatException e) {
      throw CqlException.config("Invalid value for chunk_length_in_kb");
    }
  }

  private static void checkValues(Map<String, String> options) {
    String type = options.getOrDefault("lz4_compressor_type", "fast");
    if (!type.equals("fast") && !type.equals("high")) {
      throw CqlException.config(
          "Invalid compressor type '%s' specified for LZ4 parameter 'lz4_compressor_type'. Valid"
              + " options are [high, fast].",
          type);
    }
    String level = options.getOrDefault("lz4_high_compressor_level", "9");
    if (!level.matches("0*([1-9]|1[0-7])")) {
      throw CqlException.config(
          "Invalid value [%s] for parameter 'lz4_high_compressor_level'. Value must be between 1"
              + " and 17.",
          level);
    }
    String zstd = options.getOrDefault("compression_level", "3");
    try {
      int number = Integer.parseInt(zstd);
      if (number < LEAST_ZSTD_LEVEL || number > MOST_ZSTD_LEVEL) {
        throw CqlException.config(
            "ZstdCompressor.create() threw an error: java.lang.IllegalArgumentException"
                + " compression_level=%s is invalid",
            zstd);
      }
    } catch (NumberFormatException e) {
      throw CqlException.config(
          "ZstdCompressor.create() threw an error: java.lang.NumberFormatException %s",
          e.getMessage());
    }
    try {
      double ratio = Double.parseDouble(options.getOrDefault("min_compress_ratio", "0"));
      if (ratio < 0) {
        throw CqlException.config("Invalid negative min_compress_ratio");
      }
      if (ratio != 0 && !(ratio >= 1)) {
        throw CqlException.config(
            "min_compress_ratio can either be 0 or greater than or equal to 1");
      }
    } catch (NumberFormatException e) {
      throw CqlException.config("Invalid value for min_compress_ratio");
    }
  }
}
