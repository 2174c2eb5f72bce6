package io.ilion.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigLoaderTest {

  @Test
  void withNothingGivenANodeRunsOnLoopback() {
    Config config = load(null, Map.of(), Map.of());

    assertThat(config.get(Settings.ADDRESS)).isEqualTo("127.0.0.1");
    assertThat(config.get(Settings.NATIVE_TRANSPORT_PORT)).isEqualTo(9042);
    assertThat(config.get(Settings.COMMITLOG_SYNC)).isEqualTo(CommitLogSync.GROUP);
    assertThat(config.get(Settings.LANES)).isEqualTo(4);
    assertThat(config.get(Settings.MEMORY)).isEqualTo(1L << 30);
    assertThat(config.get(Settings.NATIVE_SHARD_AWARE_TRANSPORT_PORT)).isEqualTo(19042);
  }

  @Test
  void flagsWinOverTheEnvironmentAndThatOverTheFile() {
    String yaml = "rack: file\ndc: file\ncluster_name: file\n";
    Map<String, String> environment = Map.of("ILION_DC", "env", "ILION_RACK", "env", "PATH", "/");

    Config config = load(yaml, environment, Map.of("--rack", "flag"));

    assertThat(config.get(Settings.RACK)).isEqualTo("flag");
    assertThat(config.get(Settings.DC)).isEqualTo("env");
    assertThat(config.get(Settings.CLUSTER_NAME)).isEqualTo("file");
  }

  @Test
  void readsEveryKindOfValue() {
    String yaml =
        """
        # a comment
        native_transport_port: 60000
        memory: 2G
        commitlog_segment_size: 16MiB
        commitlog_sync: periodic
        commitlog_sync_period: 200ms
        compaction_throughput: 8MiB/s
        auto_snapshot: false
        column_value_size_fail_threshold: 1MiB
        rack:
        """;

    Config config = load(yaml, Map.of(), Map.of());

    assertThat(config.get(Settings.NATIVE_SHARD_AWARE_TRANSPORT_PORT)).isZero();
    assertThat(config.get(Settings.MEMORY)).isEqualTo(2L << 30);
    assertThat(config.get(Settings.COMMITLOG_SEGMENT_SIZE)).isEqualTo(16L << 20);
    assertThat(config.get(Settings.COMMITLOG_SYNC)).isEqualTo(CommitLogSync.PERIODIC);
    assertThat(config.get(Settings.COMMITLOG_SYNC_PERIOD)).isEqualTo(Duration.ofMillis(200));
    assertThat(config.get(Settings.COMPACTION_THROUGHPUT)).isEqualTo(8L << 20);
    assertThat(config.get(Settings.AUTO_SNAPSHOT)).isFalse();
    assertThat(config.get(Settings.COLUMN_VALUE_SIZE_FAIL_THRESHOLD)).isEqualTo(1L << 20);
    assertThat(config.get(Settings.RACK)).isEqualTo("rack1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          x: 1\\ncommitlog_sink: group | ilion.yaml:1: unknown setting 'x'; did you mean 'dc'?
          \\ncommitlog_sink: group     | ilion.yaml:2: unknown setting 'commitlog_sink'; did you mean 'commitlog_sync'?
          lanes: many                  | ilion.yaml:1: lanes is 'many'; expected a whole number from 1 to 256.
          lanes: [1, 2]                | ilion.yaml:1: lanes is a list; expected a whole number from 1 to 256.
          commitlog_sync: sometimes    | ilion.yaml:1: commitlog_sync is 'sometimes'; expected one of group, batch, periodic.
          memory: 1X                   | ilion.yaml:1: memory is '1X'; expected a size from 256MiB to 1024TiB, such as 32MiB or 1G.
          memory: 99999999999999999T   | ilion.yaml:1: memory is '99999999999999999T'; expected a size from 256MiB to 1024TiB, such as 32MiB or 1G.
          read_request_timeout: 5      | ilion.yaml:1: read_request_timeout is '5'; expected a duration from 10ms to 1d, such as 500ms or 10s.
          read_request_timeout: 9999999999999999999s | ilion.yaml:1: read_request_timeout is '9999999999999999999s'; expected a duration from 10ms to 1d, such as 500ms or 10s.
          rack: a\\nrack: b            | ilion.yaml:2: 'rack' is set a second time
          rack: {a: b}                 | ilion.yaml:1: expected a name or a plain value, not a structure
          just text                    | ilion.yaml:1: expected lines of the form 'name: value'
          batch_size_warn_threshold: 1G | ilion.yaml:1: batch_size_warn_threshold is above batch_size_fail_threshold.
          internode_encryption: yes    | ilion.yaml:1: internode_encryption is 'yes'; expected one of none, optional, all.
          internode_encryption: all    | ilion.yaml:1: internode_encryption needs internode_certificate: this node's certificate in PEM form, and those that lead to its authority behind it.
          internode_certificate: a.pem\\ninternode_encryption: optional | ilion.yaml:2: internode_encryption needs internode_trusted_certificates: the authorities in PEM form of which other nodes have their certificates.
          client_encryption: optional  | ilion.yaml:1: client_encryption needs client_encryption_certificate: the certificate that clients are shown, in PEM form, and those that lead to its authority behind it.
          client_encryption_certificate: a.pem\\nclient_encryption: all\\nclient_encryption_require_client_auth: true | ilion.yaml:3: client_encryption_require_client_auth needs client_encryption_trusted_certificates: the authorities in PEM form of which clients have these certificates.
          client_encryption_options: all | ilion.yaml:1: unknown setting 'client_encryption_options'; did you mean 'client_encryption'?
          batch_size_fail_threshold: 1K | ilion.yaml:1: batch_size_fail_threshold is below batch_size_warn_threshold.
          """)
  void aWrongFileIsRefusedWithItsLine(String yaml, String message) {
    assertThatThrownBy(() -> load(yaml.replace("\\n", "\n"), Map.of(), Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessage(message);
  }

  @Test
  void aKeyMayStandInTheFileOfItsCertificate() {
    String yaml = "internode_certificate: node.pem\ninternode_trusted_certificates: ca.pem\n";

    Config together = load(yaml + "internode_encryption: ALL", Map.of(), Map.of());
    Config apart = load(yaml + "internode_private_key: key.pem", Map.of(), Map.of());

    assertThat(together.get(Settings.INTERNODE_ENCRYPTION)).isEqualTo(Encryption.ALL);
    assertThat(together.get(Settings.INTERNODE_PRIVATE_KEY)).isEqualTo("node.pem");
    assertThat(apart.get(Settings.INTERNODE_PRIVATE_KEY)).isEqualTo("key.pem");
    Config ofClients =
        load(
            "client_encryption: OPTIONAL\nclient_encryption_certificate: node.pem\n",
            Map.of(),
            Map.of());
    assertThat(ofClients.get(Settings.CLIENT_ENCRYPTION)).isEqualTo(Encryption.OPTIONAL);
    assertThat(ofClients.get(Settings.CLIENT_ENCRYPTION_PRIVATE_KEY)).isEqualTo("node.pem");
  }

  @Test
  void whatIsNotYamlIsRefusedWithItsLine() {
    assertThatThrownBy(() -> load("a: b\nc: [", Map.of(), Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("ilion.yaml:2: not YAML: ");
  }

  @Test
  void aWrongVariableOrFlagIsNamed() {
    assertThatThrownBy(() -> load(null, Map.of("ILION_LANES", "0"), Map.of()))
        .hasMessage(
            "environment variable ILION_LANES is '0'; expected a whole number from 1 to 256.");
    assertThatThrownBy(() -> load(null, Map.of("ILION_LANE", "2"), Map.of()))
        .hasMessage("unknown environment variable 'ILION_LANE'; did you mean 'ILION_LANES'?");
    assertThatThrownBy(() -> load(null, Map.of(), Map.of("--native-port", "70000")))
        .hasMessage("flag --native-port is '70000'; expected a whole number from 0 to 65535.");
  }

  @Test
  void budgetsMustFitIntoTheMemory() {
    assertThatThrownBy(() -> load("memory: 512M\nfile_cache_size: 1G", Map.of(), Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("ilion.yaml:1: memory: ");
  }

  private static Config load(
      String yaml, Map<String, String> environment, Map<String, String> flags) {
    ConfigLoader.Source file = yaml == null ? null : new ConfigLoader.Source("ilion.yaml", yaml);
    return ConfigLoader.load(4, file, environment, flags);
  }
}
