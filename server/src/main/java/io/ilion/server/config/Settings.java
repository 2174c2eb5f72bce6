package io.ilion.server.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The table of all settings. A setting exists by standing here, and nowhere else. */
public final class Settings {
  private static final long KIB = 1L << 10;
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;
  private static final long LARGEST = 1L << 50;
  private static final Duration LONGEST_TIMEOUT = Duration.ofDays(1);
  private static final Duration LONGEST_TTL = Duration.ofDays(20 * 365);
  private static final int LAST_PORT = 65_535;

  /** So the default port is ScyllaDB's, as the ordinary one is Cassandra's. */
  private static final int SHARD_AWARE_OFFSET = 10_000;

  private static final Table TABLE = new Table();

  public static final Setting<String> DATA_DIRECTORY =
      TABLE
          .section("The node and its place")
          .add(
              "data_directory",
              "--data",
              SettingType.text(),
              "data",
              "where the node keeps its data");
  public static final Setting<String> ADDRESS =
      TABLE.add(
          "address",
          "--address",
          SettingType.text(),
          "127.0.0.1",
          "the address that the node listens on and is known by");
  public static final Setting<Integer> NATIVE_TRANSPORT_PORT =
      TABLE.add(
          "native_transport_port",
          "--native-port",
          SettingType.port(),
          9042,
          "the port for CQL clients; 0 takes a free one");
  public static final Setting<Integer> NATIVE_SHARD_AWARE_TRANSPORT_PORT =
      TABLE.add(
          "native_shard_aware_transport_port",
          SettingType.optionalPort(),
          config -> shardAwarePort(config.get(NATIVE_TRANSPORT_PORT)),
          "native_transport_port + 10000",
          "the port where a client chooses its lane by its own port; 0 takes a free one, -1 none");
  public static final Setting<Integer> HTTP_PORT =
      TABLE.add(
          "http_port",
          SettingType.optionalPort(),
          config -> config.get(NATIVE_TRANSPORT_PORT) == 0 ? 0 : 9180,
          "9180",
          "the port for health, metrics and operations by HTTP; 0 takes a free one, -1 none");
  public static final Setting<String> HTTP_ADDRESS =
      TABLE.add(
          "http_address",
          SettingType.host(),
          config -> isLoopback(config.get(ADDRESS)) ? config.get(ADDRESS) : "127.0.0.1",
          "the address if it is of this machine alone, else 127.0.0.1",
          "where HTTP is served; whoever reaches it may operate the node");
  public static final Setting<Integer> STORAGE_PORT =
      TABLE.add(
          "storage_port",
          "--storage-port",
          SettingType.port(),
          7000,
          "the port for other nodes; 0 takes a free one");
  public static final Setting<List<String>> SEEDS =
      TABLE.add(
          "seeds",
          "--seeds",
          SettingType.hosts(),
          config -> List.of(),
          "none: the node stays alone",
          "nodes of the cluster to join, or this node itself if it is the first");
  public static final Setting<String> BROADCAST_ADDRESS =
      TABLE.add(
          "broadcast_address",
          "--broadcast-address",
          SettingType.host(),
          config -> config.get(ADDRESS),
          "the address",
          "where other nodes and clients reach the node, if that is not where it listens");
  public static final Setting<String> BROADCAST_RPC_ADDRESS =
      TABLE.add(
          "broadcast_rpc_address",
          SettingType.host(),
          config -> config.get(BROADCAST_ADDRESS),
          "the broadcast address",
          "where clients reach the node, if they do not reach it where other nodes do");
  public static final Setting<String> CLUSTER_NAME =
      TABLE.add(
          "cluster_name",
          "--cluster-name",
          SettingType.text(),
          "ilion",
          "the cluster's name, which clients may ask for");
  public static final Setting<String> DC =
      TABLE.add("dc", "--dc", SettingType.text(), "dc1", "the data centre of the node");
  public static final Setting<String> RACK =
      TABLE.add("rack", "--rack", SettingType.text(), "rack1", "the rack of the node");
  public static final Setting<Integer> NUM_TOKENS =
      TABLE.add(
          "num_tokens",
          SettingType.integer(1, 256),
          16,
          "how many token ranges a node owns from its first start on");

  public static final Setting<List<String>> REPLACE_ADDRESS_FIRST_BOOT =
      TABLE.add(
          "replace_address_first_boot",
          "--replace",
          SettingType.hosts(),
          config -> List.of(),
          "none: it joins with tokens of its own",
          "the address of a dead node whose place this one takes when it starts for the first"
              + " time");
  public static final Setting<Boolean> OVERRIDE_DECOMMISSION =
      TABLE.add(
          "override_decommission",
          SettingType.bool(),
          false,
          "a node that has left its cluster forgets its data and joins as a new one");

  public static final Setting<Integer> LANES =
      TABLE
          .section("What it may use")
          .add(
              "lanes",
              "--lanes",
              SettingType.integer(1, 256),
              Config::processors,
              "one for each processor",
              "how many threads share the token space");
  public static final Setting<Long> MEMORY =
      TABLE.add(
          "memory",
          "--memory",
          SettingType.size(256 * MIB, LARGEST),
          GIB,
          "the memory that the process may use");
  public static final Setting<Long> MEMTABLE_HEAP_SPACE =
      TABLE.add(
          "memtable_heap_space",
          SettingType.size(4 * MIB, LARGEST),
          config -> config.get(MEMORY) / 5 - Math.max(0, GIB - config.get(MEMORY)) / 20,
          "a fifth of memory, less below 1GiB",
          "the budget of all memtables; what exceeds it is flushed");
  public static final Setting<Long> FILE_CACHE_SIZE =
      TABLE.add(
          "file_cache_size",
          SettingType.size(MIB, LARGEST),
          Settings::fileCache,
          "28 hundredths of memory, less below 1GiB",
          "the budget of the cache of SSTable blocks");
  public static final Setting<Long> PREPARED_STATEMENTS_CACHE_SIZE =
      TABLE.add(
          "prepared_statements_cache_size",
          SettingType.size(64 * KIB, LARGEST),
          Settings::preparedStatements,
          "a 256th of memory, at least 10MiB, less below 640MiB",
          "the budget of the cache of prepared statements");
  public static final Setting<Long> DISK_FREE_RESERVE =
      TABLE.add(
          "disk_free_reserve",
          SettingType.size(0, LARGEST),
          256 * MIB,
          "writes are refused when less than this is free on the disk");

  public static final Setting<CommitLogSync> COMMITLOG_SYNC =
      TABLE
          .section("The commit log")
          .add(
              "commitlog_sync",
              SettingType.choice(CommitLogSync.class),
              CommitLogSync.GROUP,
              "when a write is acknowledged: group and batch after it is on disk, periodic before");
  public static final Setting<Duration> COMMITLOG_SYNC_PERIOD =
      TABLE.add(
          "commitlog_sync_period",
          SettingType.duration(Duration.ofMillis(1), LONGEST_TIMEOUT),
          Duration.ofSeconds(10),
          "how often the periodic commit log is synced");
  public static final Setting<Duration> COMMITLOG_SYNC_GROUP_WINDOW =
      TABLE.add(
          "commitlog_sync_group_window",
          SettingType.duration(Duration.ZERO, LONGEST_TIMEOUT),
          Duration.ZERO,
          "how long a group waits for more writes; with 0 only while many write, and at most 1 ms");
  public static final Setting<Long> COMMITLOG_SEGMENT_SIZE =
      TABLE.add(
          "commitlog_segment_size",
          SettingType.size(MIB, GIB),
          32 * MIB,
          "the size of one file of the commit log; a write may take half of it");
  public static final Setting<Long> COMMITLOG_TOTAL_SPACE =
      TABLE.add(
          "commitlog_total_space",
          SettingType.size(2 * MIB, LARGEST),
          2 * GIB,
          "what exceeds this forces the oldest memtables to disk");

  public static final Setting<Long> COMPACTION_THROUGHPUT =
      TABLE
          .section("Compaction and snapshots")
          .add(
              "compaction_throughput",
              SettingType.rate(),
              64 * MIB,
              "how fast all compactions together may write");
  public static final Setting<Long> STREAM_THROUGHPUT_OUTBOUND =
      TABLE.add(
          "stream_throughput_outbound",
          SettingType.rate(),
          0L,
          "how fast the node may give what others fetch while nodes come and go");
  public static final Setting<Integer> CONCURRENT_COMPACTORS =
      TABLE.add(
          "concurrent_compactors",
          SettingType.integer(1, 256),
          config -> Math.max(1, config.processors() / 2),
          "half of the processors",
          "how many compactions may run at once");
  public static final Setting<Boolean> AUTO_SNAPSHOT =
      TABLE.add(
          "auto_snapshot",
          SettingType.bool(),
          true,
          "whether TRUNCATE and DROP keep a snapshot of what they remove");

  public static final Setting<Boolean> ONLY_PURGE_REPAIRED_TOMBSTONES =
      TABLE
          .section("Repair")
          .add(
              "only_purge_repaired_tombstones",
              SettingType.bool(),
              true,
              "whether deletions stay until a repair has shown that all replicas have them");
  public static final Setting<Boolean> AUTO_REPAIR_ENABLED =
      TABLE.add(
          "auto_repair_enabled",
          SettingType.bool(),
          true,
          "whether the cluster repairs its tables by itself");
  public static final Setting<Duration> AUTO_REPAIR_INTERVAL =
      TABLE.add(
          "auto_repair_interval",
          SettingType.duration(Duration.ZERO, LONGEST_TTL),
          config -> Duration.ZERO,
          "a third of a table's gc_grace_seconds, at least 1h",
          "how often it repairs each table");
  public static final Setting<Long> REPAIR_THROUGHPUT =
      TABLE.add(
          "repair_throughput",
          SettingType.rate(),
          64 * MIB,
          "how fast a replica reads for one repair");
  public static final Setting<Duration> REPAIR_PURGE_MARGIN =
      TABLE.add(
          "repair_purge_margin",
          SettingType.duration(Duration.ZERO, LONGEST_TIMEOUT),
          Duration.ofHours(1),
          "a repair counts for deletions older than its beginning by so much: longer than any write"
              + " is on its way, and than clocks of nodes differ");

  public static final Setting<Boolean> HINTED_HANDOFF_ENABLED =
      TABLE
          .section("Hints")
          .add(
              "hinted_handoff_enabled",
              SettingType.bool(),
              true,
              "whether writes that a node misses are kept for it");
  public static final Setting<Duration> MAX_HINT_WINDOW =
      TABLE.add(
          "max_hint_window",
          SettingType.duration(Duration.ZERO, LONGEST_TTL),
          Duration.ofHours(3),
          "of a node that is down for longer no more are kept, and repair has to help");
  public static final Setting<Long> MAX_HINTS_SIZE_PER_HOST =
      TABLE.add(
          "max_hints_size_per_host",
          SettingType.size(0, LARGEST),
          8 * GIB,
          "how much is kept for one node; 0 for no limit");
  public static final Setting<Long> HINTED_HANDOFF_THROTTLE =
      TABLE.add(
          "hinted_handoff_throttle",
          SettingType.rate(),
          32 * MIB,
          "how fast hints are handed over to one node");

  public static final Setting<Encryption> INTERNODE_ENCRYPTION =
      TABLE
          .section("Encryption between nodes")
          .add(
              "internode_encryption",
              SettingType.choice(Encryption.class),
              Encryption.NONE,
              "whether nodes talk TLS with each other; optional does without where the other one"
                  + " cannot, so that a running cluster can be moved from none to all");
  public static final Setting<String> INTERNODE_CERTIFICATE =
      TABLE.add(
          "internode_certificate",
          SettingType.file(),
          config -> "",
          "none",
          "this node's certificate in PEM form, and those that lead to its authority behind it");
  public static final Setting<String> INTERNODE_PRIVATE_KEY =
      TABLE.add(
          "internode_private_key",
          SettingType.file(),
          config -> config.get(INTERNODE_CERTIFICATE),
          "the file of internode_certificate",
          "the key of the certificate in PEM form, PKCS #8 without a password");
  public static final Setting<String> INTERNODE_TRUSTED_CERTIFICATES =
      TABLE.add(
          "internode_trusted_certificates",
          SettingType.file(),
          config -> "",
          "none",
          "the authorities in PEM form of which other nodes have their certificates");
  public static final Setting<Boolean> INTERNODE_REQUIRE_CLIENT_AUTH =
      TABLE.add(
          "internode_require_client_auth",
          SettingType.bool(),
          true,
          "whether a node that connects has to show a certificate, too");
  public static final Setting<Boolean> INTERNODE_REQUIRE_ENDPOINT_VERIFICATION =
      TABLE.add(
          "internode_require_endpoint_verification",
          SettingType.bool(),
          false,
          "whether certificates have to bear the name or address by which their node is known");

  public static final Setting<Encryption> CLIENT_ENCRYPTION =
      TABLE
          .section("Encryption of clients' connections")
          .add(
              "client_encryption",
              SettingType.choice(Encryption.class),
              Encryption.NONE,
              "whether clients talk TLS with the node; with optional those that like, on the same"
                  + " ports, so that they can be moved one by one");
  public static final Setting<String> CLIENT_ENCRYPTION_CERTIFICATE =
      TABLE.add(
          "client_encryption_certificate",
          SettingType.file(),
          config -> "",
          "none",
          "the certificate that clients are shown, in PEM form, and those that lead to its"
              + " authority behind it");
  public static final Setting<String> CLIENT_ENCRYPTION_PRIVATE_KEY =
      TABLE.add(
          "client_encryption_private_key",
          SettingType.file(),
          config -> config.get(CLIENT_ENCRYPTION_CERTIFICATE),
          "the file of client_encryption_certificate",
          "the key of the certificate in PEM form, PKCS #8 without a password");
  public static final Setting<Boolean> CLIENT_ENCRYPTION_REQUIRE_CLIENT_AUTH =
      TABLE.add(
          "client_encryption_require_client_auth",
          SettingType.bool(),
          false,
          "whether a client that talks TLS has to show a certificate, too");
  public static final Setting<String> CLIENT_ENCRYPTION_TRUSTED_CERTIFICATES =
      TABLE.add(
          "client_encryption_trusted_certificates",
          SettingType.file(),
          config -> "",
          "none",
          "the authorities in PEM form of which clients have these certificates");

  public static final Setting<Long> NATIVE_TRANSPORT_MAX_FRAME_SIZE =
      TABLE
          .section("Clients")
          .add(
              "native_transport_max_frame_size",
              SettingType.size(64 * KIB, GIB),
              16 * MIB,
              "a larger request is refused");
  public static final Setting<Integer> NATIVE_TRANSPORT_MAX_CONCURRENT_CONNECTIONS =
      TABLE.add(
          "native_transport_max_concurrent_connections",
          SettingType.limit(),
          10_000,
          "how many client connections may be open");
  public static final Setting<Integer> NATIVE_TRANSPORT_MAX_CONCURRENT_CONNECTIONS_PER_IP =
      TABLE.add(
          "native_transport_max_concurrent_connections_per_ip",
          SettingType.limit(),
          -1,
          "how many of them may come from one address");
  public static final Setting<Integer> NATIVE_TRANSPORT_MAX_REQUESTS_IN_FLIGHT =
      TABLE.add(
          "native_transport_max_requests_in_flight",
          SettingType.integer(1, Integer.MAX_VALUE),
          32_768,
          "how many requests the node works on at once; more are refused as OVERLOADED, and when it"
              + " lags so are those that would wait too long");
  public static final Setting<Long> NATIVE_TRANSPORT_MAX_REQUEST_DATA_IN_FLIGHT =
      TABLE.add(
          "native_transport_max_request_data_in_flight",
          SettingType.size(MIB, LARGEST),
          Settings::requestBytes,
          "a tenth of memory",
          "how many bytes of requests the node works on at once");
  public static final Setting<Long> NATIVE_TRANSPORT_MAX_REQUEST_DATA_IN_FLIGHT_PER_IP =
      TABLE.add(
          "native_transport_max_request_data_in_flight_per_ip",
          SettingType.size(MIB, LARGEST),
          config -> config.get(NATIVE_TRANSPORT_MAX_REQUEST_DATA_IN_FLIGHT),
          "as for all addresses",
          "how many of these bytes may come from one address");
  public static final Setting<Duration> NATIVE_TRANSPORT_IDLE_TIMEOUT =
      TABLE.add(
          "native_transport_idle_timeout",
          SettingType.duration(Duration.ZERO, LONGEST_TIMEOUT),
          Duration.ZERO,
          "a connection without traffic for so long is closed; 0 for never");
  public static final Setting<Duration> NATIVE_TRANSPORT_RECEIVE_TIMEOUT =
      TABLE.add(
          "native_transport_receive_timeout",
          SettingType.duration(Duration.ofMillis(100), LONGEST_TIMEOUT),
          Duration.ofSeconds(30),
          "a connection that leaves a request half sent, or answers unread, for so long is closed");

  public static final Setting<Duration> READ_REQUEST_TIMEOUT =
      timeout(
          TABLE.section("How long a request may take"),
          "read_request_timeout",
          5_000,
          "a read of one partition");
  public static final Setting<Duration> RANGE_REQUEST_TIMEOUT =
      timeout(TABLE, "range_request_timeout", 10_000, "a read of a range of partitions");
  public static final Setting<Duration> WRITE_REQUEST_TIMEOUT =
      timeout(TABLE, "write_request_timeout", 2_000, "a write");
  public static final Setting<Duration> COUNTER_WRITE_REQUEST_TIMEOUT =
      timeout(TABLE, "counter_write_request_timeout", 5_000, "a write of a counter");
  public static final Setting<Duration> CAS_CONTENTION_TIMEOUT =
      timeout(TABLE, "cas_contention_timeout", 1_000, "a conditional write that meets others");
  public static final Setting<Duration> TRUNCATE_REQUEST_TIMEOUT =
      timeout(TABLE, "truncate_request_timeout", 60_000, "a TRUNCATE");
  public static final Setting<Duration> REQUEST_TIMEOUT =
      timeout(TABLE, "request_timeout", 10_000, "a change of the schema");

  public static final Setting<Duration> SLOW_QUERY_LOG_TIMEOUT =
      TABLE.add(
          "slow_query_log_timeout",
          SettingType.duration(Duration.ZERO, LONGEST_TIMEOUT),
          Duration.ofMillis(500),
          "a request that takes longer is logged; 0 for none");

  public static final Setting<Long> BATCH_SIZE_WARN_THRESHOLD =
      TABLE
          .section("Warnings and refusals")
          .add(
              "batch_size_warn_threshold",
              SettingType.sizeLimit(),
              5 * KIB,
              "a larger batch gets a warning");
  public static final Setting<Long> BATCH_SIZE_FAIL_THRESHOLD =
      TABLE.add(
          "batch_size_fail_threshold",
          SettingType.sizeLimit(),
          50 * KIB,
          "a larger batch is refused");
  public static final Setting<Integer> UNLOGGED_BATCH_ACROSS_PARTITIONS_WARN_THRESHOLD =
      TABLE.add(
          "unlogged_batch_across_partitions_warn_threshold",
          SettingType.limit(),
          10,
          "an unlogged batch of more partitions gets a warning");
  public static final Setting<Integer> TOMBSTONE_WARN_THRESHOLD =
      TABLE.add(
          "tombstone_warn_threshold",
          SettingType.limit(),
          1_000,
          "a read that meets more deleted cells gets a warning");
  public static final Setting<Integer> TOMBSTONE_FAILURE_THRESHOLD =
      TABLE.add(
          "tombstone_failure_threshold",
          SettingType.limit(),
          100_000,
          "a read that meets more deleted cells fails");
  public static final Setting<Integer> PARTITION_KEYS_IN_SELECT_WARN_THRESHOLD =
      TABLE.add(
          "partition_keys_in_select_warn_threshold",
          SettingType.limit(),
          -1,
          "a SELECT of more partition keys gets a warning");
  public static final Setting<Integer> PARTITION_KEYS_IN_SELECT_FAIL_THRESHOLD =
      TABLE.add(
          "partition_keys_in_select_fail_threshold",
          SettingType.limit(),
          -1,
          "a SELECT of more partition keys is refused");
  public static final Setting<Long> LOCAL_READ_SIZE_FAIL_THRESHOLD =
      TABLE.add(
          "local_read_size_fail_threshold",
          SettingType.size(MIB, LARGEST),
          config -> heap(config) / 12,
          "a 16th of memory, less below 1GiB",
          "a SELECT without pages that brings more fails");
  public static final Setting<Long> COLUMN_VALUE_SIZE_WARN_THRESHOLD =
      TABLE.add(
          "column_value_size_warn_threshold",
          SettingType.sizeLimit(),
          -1L,
          "a larger value gets a warning");
  public static final Setting<Long> COLUMN_VALUE_SIZE_FAIL_THRESHOLD =
      TABLE.add(
          "column_value_size_fail_threshold",
          SettingType.sizeLimit(),
          -1L,
          "a larger value is refused");
  public static final Setting<Integer> ITEMS_PER_COLLECTION_WARN_THRESHOLD =
      TABLE.add(
          "items_per_collection_warn_threshold",
          SettingType.limit(),
          -1,
          "a write of a collection with more elements gets a warning");
  public static final Setting<Integer> ITEMS_PER_COLLECTION_FAIL_THRESHOLD =
      TABLE.add(
          "items_per_collection_fail_threshold",
          SettingType.limit(),
          -1,
          "a write of a collection with more elements is refused");

  public static final Setting<Duration> TRACE_TYPE_QUERY_TTL =
      TABLE
          .section("Tracing")
          .add(
              "trace_type_query_ttl",
              SettingType.duration(Duration.ofSeconds(1), LONGEST_TTL),
              Duration.ofDays(1),
              "how long a trace is kept");

  private static final List<Setting<?>> ALL = List.copyOf(TABLE.settings);

  private Settings() {}

  /** All settings, in the order of the table. */
  public static List<Setting<?>> all() {
    return ALL;
  }

  private static boolean isLoopback(String address) {
    return address.startsWith("127.") || address.equals("::1") || address.equals("localhost");
  }

  private static int shardAwarePort(int port) {
    return port == 0 || port + SHARD_AWARE_OFFSET > LAST_PORT ? 0 : port + SHARD_AWARE_OFFSET;
  }

  private static Setting<Duration> timeout(Table table, String name, long millis, String what) {
    return table.add(
        name,
        SettingType.duration(Duration.ofMillis(10), LONGEST_TIMEOUT),
        Duration.ofMillis(millis),
        "how long " + what + " may take");
  }

  /** Collects the settings while the class above is initialised. */
  private static final class Table {
    private final List<Setting<?>> settings = new ArrayList<>();
    private String section;

    /** Begins a section: what is added from now on stands under this heading. */
    Table section(String heading) {
      section = heading;
      return this;
    }

    <T> Setting<T> add(String name, SettingType<T> type, T value, String description) {
      return add(name, "--" + name.replace('_', '-'), type, value, description);
    }

    <T> Setting<T> add(String name, String flag, SettingType<T> type, T value, String description) {
      return add(name, flag, type, config -> value, type.printer().apply(value), description);
    }

    <T> Setting<T> add(
        String name, SettingType<T> type, Function<Config, T> value, String text, String what) {
      return add(name, "--" + name.replace('_', '-'), type, value, text, what);
    }

    <T> Setting<T> add(
        String name,
        String flag,
        SettingType<T> type,
        Function<Config, T> value,
        String text,
        String what) {
      Setting<T> setting = new Setting<>(name, flag, type, value, text, what, section);
      settings.add(setting);
      return setting;
    }
  }

  /** What the cache of blocks may take at most beside memtables; what it was given in any case. */
  public static long mostFileCache(Config config) {
    return Math.max(
        config.get(FILE_CACHE_SIZE), mostBudgets(config) - config.get(MEMTABLE_HEAP_SPACE));
  }

  /** What memtables and the cache of blocks may take together. */
  static long mostBudgets(Config config) {
    return heap(config) / 7 * 6;
  }

  /**
   * The bytes of the heap: three quarters of the memory, and less of little memory, since what the
   * virtual machine needs beside it does not shrink along. The command that starts a node gives the
   * virtual machine the same.
   */
  public static long heap(Config config) {
    long memory = config.get(MEMORY);
    return memory / 4 * 3 - Math.max(0, GIB - memory) / 7;
  }

  static long preparedStatements(Config config) {
    long memory = config.get(MEMORY);
    return Math.max(Math.min(10 * MIB, memory / 64), memory / 256);
  }

  static long requestBytes(Config config) {
    return config.get(MEMORY) / 10;
  }

  /**
   * What the cache of blocks takes: as much as everything else leaves of the heap when it is full,
   * and no more than suits a heap that has more. A small heap has little that is left.
   */
  private static long fileCache(Config config) {
    long memory = config.get(MEMORY);
    long most =
        Math.min(memory / 25 * 7, heap(config) / 7 * 2 + Math.max(0, memory - 768 * MIB) / 4);
    return Math.max(MIB, Math.min(most, MemoryBudget.leftForCache(config)));
  }
}
