package io.ilion.cql.schema;

import io.ilion.cql.ast.PropertyValue;
import io.ilion.model.CqlException;
import io.ilion.model.schema.TableProperties;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Table options from the properties of a statement, over what the table had. */
final class TableOptionsReader {
  private static final int MAX_TTL = 20 * 365 * 24 * 60 * 60;
  private static final Set<String> STRATEGIES =
      Set.of(
          "SizeTieredCompactionStrategy",
          "LeveledCompactionStrategy",
          "TimeWindowCompactionStrategy",
          "UnifiedCompactionStrategy");
  private static final Set<String> COMPRESSORS =
      Set.of(
          "LZ4Compressor",
          "SnappyCompressor",
          "DeflateCompressor",
          "ZstdCompressor",
          "NoopCompressor");

  private TableOptionsReader() {}

  static TableProperties read(Map<String, PropertyValue> raw, TableProperties base) {
    PropertyReader in = new PropertyReader(raw);
    // Given for compatibility with statements of older versions; they have no effect there either.
    in.has("id");
    in.has("read_repair_chance");
    in.has("dclocal_read_repair_chance");
    TableProperties read =
        new TableProperties(
            in.text("additional_write_policy", base.additionalWritePolicy()),
            in.flag("allow_auto_snapshot", base.allowAutoSnapshot()),
            in.decimal("bloom_filter_fp_chance", base.bloomFilterFpChance()),
            caching(in.map("caching", null), base.caching()),
            in.flag("cdc", base.cdc()),
            in.text("comment", base.comment()),
            compaction(in.map("compaction", null), base.compaction()),
            compression(in.map("compression", null), base.compression()),
            in.decimal("crc_check_chance", base.crcCheckChance()),
            in.integer("default_time_to_live", base.defaultTimeToLive()),
            in.has("extensions") ? new HashMap<>() : base.extensions(),
            in.integer("gc_grace_seconds", base.gcGraceSeconds()),
            in.flag("incremental_backups", base.incrementalBackups()),
            in.integer("max_index_interval", base.maxIndexInterval()),
            in.text("memtable", base.memtable()),
            in.integer("memtable_flush_period_in_ms", base.memtableFlushPeriodMillis()),
            in.integer("min_index_interval", base.minIndexInterval()),
            readRepair(in.text("read_repair", base.readRepair())),
            in.text("speculative_retry", base.speculativeRetry()));
    in.refuseOthers("Unknown property '%s'");
    check(read);
    return read;
  }

  private static void check(TableProperties p) {
    if (p.bloomFilterFpChance() <= 0 || p.bloomFilterFpChance() > 1) {
      throw CqlException.config(
          "bloom_filter_fp_chance must be larger than 6.71e-05 and less than or equal to 1.0 (got"
              + " %s)",
          p.bloomFilterFpChance());
    }
    if (p.crcCheckChance() < 0 || p.crcCheckChance() > 1) {
      throw CqlException.config(
          "crc_check_chance must be larger than or equal to 0 and smaller than or equal to 1.0"
              + " (got %s)",
          p.crcCheckChance());
    }
    atLeast("default_time_to_live", p.defaultTimeToLive(), 0);
    if (p.defaultTimeToLive() > MAX_TTL) {
      throw CqlException.config(
          "default_time_to_live must be less than or equal to %d (got %d)",
          MAX_TTL, p.defaultTimeToLive());
    }
    atLeast("gc_grace_seconds", p.gcGraceSeconds(), 0);
    atLeast("min_index_interval", p.minIndexInterval(), 1);
    if (p.maxIndexInterval() < p.minIndexInterval()) {
      throw CqlException.config(
          "max_index_interval must be greater than or equal to min_index_interval (%d) (got %d)",
          p.minIndexInterval(), p.maxIndexInterval());
    }
    atLeast("memtable_flush_period_in_ms", p.memtableFlushPeriodMillis(), 0);
  }

  private static void atLeast(String name, int value, int least) {
    if (value < least) {
      throw CqlException.config(
          "%s must be greater than or equal to %d (got %d)", name, least, value);
    }
  }

  private static String readRepair(String text) {
    String upper = text.toUpperCase(Locale.ROOT);
    if (!upper.equals("BLOCKING") && !upper.equals("NONE")) {
      throw CqlException.config(
          "Invalid value %s for option 'read_repair', must be one of BLOCKING, NONE", text);
    }
    return upper;
  }

  private static Map<String, String> caching(Map<String, String> given, Map<String, String> base) {
    if (given == null) {
      return base;
    }
    Map<String, String> result = new TreeMap<>(Map.of("keys", "ALL", "rows_per_partition", "NONE"));
    given.forEach(
        (key, value) -> {
          if (!result.containsKey(key)) {
            throw CqlException.config(
                "Invalid caching sub-options %s: only 'keys' and 'rows_per_partition' are allowed",
                Set.of(key));
          }
          String upper = value.toUpperCase(Locale.ROOT);
          boolean count = key.equals("rows_per_partition") && value.matches("[0-9]+");
          if (!count && !upper.equals("ALL") && !upper.equals("NONE")) {
            throw CqlException.config(
                "Invalid value for caching sub-option '%s': only 'ALL', 'NONE', and integer values"
                    + " are allowed",
                key);
          }
          result.put(key, upper);
        });
    return result;
  }

  private static Map<String, String> compaction(
      Map<String, String> given, Map<String, String> base) {
    if (given == null) {
      return base;
    }
    String name = given.get("class");
    if (name == null) {
      throw CqlException.config("Missing sub-option 'class' for the 'compaction' option");
    }
    String simple = name.substring(name.lastIndexOf('.') + 1);
    if (!STRATEGIES.contains(simple)) {
      throw CqlException.config(
          "Unable to find compaction strategy class '%s%s'",
          name.contains(".") ? "" : TableProperties.COMPACTION_PACKAGE, name);
    }
    Map<String, String> result = new TreeMap<>(given);
    result.put("class", TableProperties.COMPACTION_PACKAGE + simple);
    if (simple.equals("SizeTieredCompactionStrategy")
        || simple.equals("TimeWindowCompactionStrategy")) {
      result.putIfAbsent("max_threshold", "32");
      result.putIfAbsent("min_threshold", "4");
    }
    return result;
  }

  private static Map<String, String> compression(
      Map<String, String> given, Map<String, String> base) {
    if (given == null) {
      return base;
    }
    Map<String, String> result = new TreeMap<>(given);
    String enabled = result.remove("enabled");
    String name = result.remove("class");
    String old = result.remove("sstable_compression");
    String chosen = name == null ? old : name;
    if ((enabled != null && enabled.equalsIgnoreCase("false"))
        || (chosen != null && chosen.isEmpty())) {
      if (!result.isEmpty() || chosen != null && !chosen.isEmpty()) {
        throw CqlException.config(
            "If the 'enabled' option is set to false no other options must be specified");
      }
      return Map.of("enabled", "false");
    }
    if (chosen == null) {
      throw given.isEmpty()
          ? CqlException.config("Missing sub-option 'class' for the 'compression' option.")
          : CqlException.config("Missing sub-option 'class' for the 'compression' option.");
    }
    String simple = chosen.substring(chosen.lastIndexOf('.') + 1);
    if (!COMPRESSORS.contains(simple)) {
      throw CqlException.config(
          "Could not create Compression for type %s%s",
          chosen.contains(".") ? "" : TableProperties.COMPRESSION_PACKAGE, chosen);
    }
    String length = result.getOrDefault("chunk_length_in_kb", "16");
    try {
      int kilobytes = Integer.parseInt(length);
      if (kilobytes <= 0 || Integer.bitCount(kilobytes) != 1) {
        throw CqlException.config("chunk_length_in_kb must be a power of 2");
      }
    } catch (NumberFormatException e) {
      throw CqlException.config(
          "Invalid value for chunk_length_in_kb: For input string: \"%s\"", length);
    }
    result.put("chunk_length_in_kb", length);
    result.put("class", TableProperties.COMPRESSION_PACKAGE + simple);
    return result;
  }
}
