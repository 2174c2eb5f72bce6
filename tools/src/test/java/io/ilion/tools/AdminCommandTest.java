package io.ilion.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.driver.Session;
import io.ilion.server.Node;
import io.ilion.server.config.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code ilion admin} against a node that runs. */
class AdminCommandTest {
  private static Node node;

  private record Run(int code, String out, String err) {}

  @BeforeAll
  static void start(@TempDir Path directory) throws IOException {
    node = Node.start(TestNode.settings(directory).with(Settings.DISK_FREE_RESERVE, 0L));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static Run admin(String... words) {
    List<String> all = new ArrayList<>(List.of("admin", "--http-port"));
    all.add(Integer.toString(node.httpAddress().getPort()));
    all.addAll(Arrays.asList(words));
    return run(all.toArray(String[]::new));
  }

  private static Run run(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine ilion = Ilion.commandLine(Map.of("NO_COLOR", "1"));
    ilion.setOut(new PrintWriter(out));
    ilion.setErr(new PrintWriter(err));
    return new Run(ilion.execute(words), out.toString(), err.toString());
  }

  @Test
  void whatAShellCompletesIsWhatTheNodeHas() {
    Run run = admin("help", "--format", "json");
    Set<String> known = new TreeSet<>(List.of("health", "help", "metrics", "ready"));
    known.addAll(List.of("task", "tasks"));
    JsonMapper.shared().readTree(run.out).forEach(each -> known.add(each.path("name").asString()));
    // A node that is alone has nobody to stream to.
    known.addAll(List.of("getstreamthroughput", "setstreamthroughput"));
    Run script = run("completion", "bash");
    String candidates =
        script
            .out
            .lines()
            .filter(line -> line.contains("\"abort-move\""))
            .findFirst()
            .orElseThrow();
    String names = candidates.substring(candidates.indexOf('('), candidates.indexOf(')'));
    assertThat(names.replaceAll("[^a-z-]+", " ").strip().split(" "))
        .containsExactlyInAnyOrder(known.toArray(String[]::new));
  }

  /** The commands of nodetool 5.0 that a node has no operation for. */
  @Test
  void whatNodetoolHasAndANodeHasNotIsAnsweredWithAdvice() {
    String commands =
        "abortbootstrap assassinate bootstrap cidrfilteringstats datapaths disableauditlog"
            + " disablebackup disablefullquerylog disablegossip disablehintsfordc"
            + " disableoldprotocolversions dropcidrgroup enableauditlog enablebackup"
            + " enablefullquerylog enablegossip enablehintsfordc enableoldprotocolversions"
            + " forcecompact getauditlog getauthcacheconfig getbatchlogreplaythrottle"
            + " getcidrgroupsofip getcolumnindexsize getcompactionthreshold getconcurrency"
            + " getconcurrentcompactors getconcurrentviewbuilders getdefaultrf getfullquerylog"
            + " getinterdcstreamthroughput getseeds getsnapshotthrottle"
            + " invalidatecidrpermissionscache invalidatecountercache invalidatecredentialscache"
            + " invalidatejmxpermissionscache invalidatekeycache"
            + " invalidatenetworkpermissionscache invalidatepermissionscache"
            + " invalidaterolescache invalidaterowcache join listcidrgroups move rangekeysample"
            + " rebuild_index recompress_sstables refresh refreshsizeestimates"
            + " reloadcidrgroupscache reloadlocalschema reloadseeds reloadtriggers"
            + " relocatesstables repair_admin replaybatchlog resetfullquerylog resetlocalschema"
            + " setauthcacheconfig setbatchlogreplaythrottle setcachekeystosave"
            + " setcolumnindexsize setcompactionthreshold setconcurrency"
            + " setconcurrentcompactors setconcurrentviewbuilders setdefaultrf"
            + " setinterdcstreamthroughput setsnapshotthrottle sjk sstablerepairset statusbackup"
            + " statusgossip stopdaemon updatecidrgroup viewbuildstatus";
    for (String command : commands.split(" ")) {
      Run run = admin(command);
      assertThat(run.code).isEqualTo(2);
      assertThat(run.err.lines().toList())
          .as(command)
          .hasSize(2)
          .last(InstanceOfAssertFactories.STRING)
          .doesNotContain("did you mean", "lists them");
    }
  }

  @Test
  void aHostIsChosenAsNodetoolDoes() {
    Run run = admin("-h", "127.0.0.1", "version");
    assertThat(run.out).contains("passes for");
    assertThat(run("admin", "-h").out).contains("Exit codes");
    assertThat(run("admin", "-h", "127.0.0.1").code).isNotZero();
  }

  @Test
  void clientsAreSentAwayAndLetInAgain() {
    try (Session session = session()) {
      assertThat(admin("disablebinary").out).contains("serves clients  no");
      assertThat(admin("ready").code).isEqualTo(1);
      assertThatThrownBy(AdminCommandTest::session).isInstanceOf(RuntimeException.class);
      assertThat(admin("statusbinary").out).contains("no");
      assertThat(admin("enablebinary").out).contains("yes");
      assertThat(admin("enablebinary").out).contains("yes");
    }
    assertThat(admin("ready").code).isZero();
    try (Session session = session()) {
      assertThat(session.execute("SELECT key FROM system.local").all()).hasSize(1);
    }
  }

  @Test
  void aShareOfRequestsIsTracedThoughNobodyAsksForIt() {
    admin("settraceprobability", "1");
    try (Session session = session()) {
      session.execute("SELECT key FROM system.local");
      admin("settraceprobability", "0");
      int traces = 0;
      for (int i = 0; i < 1000 && traces == 0; i++) {
        traces = session.execute("SELECT session_id FROM system_traces.sessions").all().size();
      }
      assertThat(traces).isPositive();
    }
  }

  private static Session session() {
    return Session.builder().contactPoint(node.nativeAddress()).connect();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "                                    | setcompactionthroughput",
        "help                                | removenode",
        "help snapshot                       | usage: ilion admin snapshot [KEYSPACE] [TABLES...]",
        "status                              | UN | 127.0.0.1",
        "status system                       | 100.0 %",
        "ring                                | NORMAL",
        "ring system                         | NORMAL",
        "tablestats system.paxos             | local writes",
        "import-list                         | ",
        "tablehistograms system.paxos        | rows per read",
        "snapshot -t kt -kt system.paxos     | tables  1",
        "snapshot -t cf -cf paxos system     | tables  1",
        "gettimeout                          | cascontention |       1000",
        "settimeout READ 4000                | read |       4000",
        "settimeout range 11s                | range |      11000",
        "gettimeout read                     | 4000",
        "settimeout misc 12s                 | misc |      12000",
        "gettraceprobability                 | 0.0",
        "settraceprobability 0               | 0.0",
        "statusbinary                        | serves clients  yes",
        "compactionhistory                   | ",
        "disableautocompaction system.paxos  | no",
        "statusautocompaction system.paxos   | no",
        "enableautocompaction system.paxos   | yes",
        "stop COMPACTION                     | stopped  0",
        "setslowquerythreshold 500           | 500",
        "info                                | cache hit ratio",
        "describecluster                     | org.apache.cassandra.dht.Murmur3Partitioner",
        "gossipinfo                          | serves clients",
        "tablestats system                   | paxos",
        "cfstats system paxos                | sstables",
        "proxyhistograms                     | p99",
        "tablehistograms system paxos        | rows per read",
        "compactionstats                     | throughput mib per second",
        "tpstats                             | lane-1",
        "clientstats                         | connections",
        "flush                               | tables",
        "flush system paxos                  | tables  1",
        "compact system                      | tables",
        "garbagecollect system paxos         | tables  1",
        "cleanup                             | ",
        "cleanup -j 2 system                 | tables",
        "compact -s system paxos             | tables  1",
        "upgradesstables -a system paxos     | tables  1",
        "help upgradesstables                | usage: ilion admin compact",
        "gcstats                             | heap used",
        "status -r                           | UN",
        "tablestats -H system paxos          | paxos",
        "tablestats -F json system paxos     | \"table\" : \"paxos\"",
        "scrub -ns -j 1 system paxos         | damaged sstables  0",
        "verify -f -e system paxos           | damaged sstables  0",
        "verify                              | damaged sstables  0",
        "scrub system paxos                  | damaged sstables  0",
        "scrub --no-snapshot system          | tables",
        "layout system                       | layout",
        "netstats                            | NORMAL",
        "help rebuild                        | usage: ilion admin rebuild [SOURCE-DC]",
        "snapshot -t monday system           | monday",
        "snapshot --tag tuesday -- system    | tuesday",
        "listsnapshots                       | ",
        "clearsnapshot --all                 | snapshots",
        "setcompactionthroughput 32          | 32",
        "getcompactionthroughput             | 32",
        "getslowquerythreshold               | 500",
        "slowqueries                         | ",
        "setlogginglevel io.ilion.test DEBUG | DEBUG",
        "getlogginglevels                    | io.ilion.test",
        "getendpoints system paxos 01 | 127.0.0.1",
        "getsstables system paxos 01         | none",
        "failuredetector                     | down above phi  8.0",
        "setcachecapacity 8MiB               | cache capacity  8.0 MiB",
        "invalidatecache                     | cache           0 B",
        "toppartitions 1                     | most read     none",
        "toppartitions system 1ms            | writes",
        "profileload system paxos 1 -k 3 -s 64 | most written  none",
        "tasks                               | flush",
        "health                              | up",
        "ready                               | ready",
        "metrics                             | ilion_request_duration_seconds_bucket",
      })
  void whatNodetoolDoesIsDone(String words, String contains) {
    Run run = admin(words == null ? new String[0] : words.split(" +"));
    assertThat(run.err).isEmpty();
    assertThat(run.out).contains(contains == null ? "" : contains);
    assertThat(run.code).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "statsu                      | 2 | did you mean status?",
        "removenode status           | 2 | removenode takes the id of a dead node",
        "removenode 10.0.0.9         | 2 | removenode takes the id of a dead node",
        "assassinate 127.0.0.1       | 2 | instead: removenode HOST_ID --force",
        "-p 7199 status              | 2 | admin does not know -p",
        "settimeout read             | 2 | settimeout needs 'timeout'",
        "settimeout reads 5          | 2 | there is no timeout of type 'reads'; there is read,",
        "settimeout read 1           | 2 | a timeout is from 10 ms to 1 day",
        "settraceprobability 2       | 2 | a probability is from 0 to 1",
        "stop REPAIR                 | 2 | compaction and cleanup can be stopped",
        "tablestats system.paxos x    | 2 | should name its keyspace too",
        "statushandoff               | 1 | the node is alone",
        "flush nowhere               | 1 | there is no keyspace named 'nowhere'",
        "tablestats nowhere          | 2 | there is no keyspace named 'nowhere'",
        "ring system now             | 2 | ring does not know what to do with 'now'",
        "status --wide               | 2 | status does not know --wide",
        "status -w                   | 2 | status does not know -w",
        "snapshot --tag              | 2 | --tag needs a value",
        "getendpoints                | 2 | getendpoints needs 'keyspace'",
        "setcompactionthroughput max | 2 | a whole number",
        "rebuild -ks system          | 1 | the node is alone",
        "restore -t never            | 1 | there is no snapshot named 'never'",
        "clearsnapshot               | 2 | say which with 'tag', or 'all'",
        "setcachecapacity 64         | 2 | the cache may have from 1MiB to",
        "toppartitions system non 1  | 1 | there is no table named 'system.non'",
        "toppartitions -k 0          | 1 | top is from 1 to 1000",
        "toppartitions 1h            | 1 | there is no keyspace named '1h'",
        "getsstables system_virtual_schema tables x | 2 | computed",
        "invalidatekeycache          | 2 | instead: invalidatecache",
        "task 99999                  | 2 | there is no task '99999'",
        "task x                      | 2 | say which by its number",
      })
  void whatIsWrongIsSaidInALine(String words, int code, String contains) {
    Run run = admin(words.split(" +"));
    assertThat(run.err).startsWith("ilion: ").contains(contains);
    assertThat(run.err.lines().count()).isLessThanOrEqualTo(2);
    assertThat(run.code).isEqualTo(code);
  }

  @Test
  void scriptsGetJson() {
    JsonNode status = JsonMapper.shared().readTree(admin("status", "--format", "json").out);
    assertThat(status.path("nodes").get(0).path("status").asString()).isEqualTo("UP");
    JsonNode flushed = JsonMapper.shared().readTree(admin("--format", "json", "flush").out);
    assertThat(flushed.path("tables").asInt()).isPositive();
    JsonNode begun =
        JsonMapper.shared().readTree(admin("--format=json", "--background", "flush").out);
    assertThat(begun.path("id").asLong()).isPositive();
  }

  @Test
  void busyPartitionsAndTheirFilesAreFound() {
    String table = "busy.things";
    try (Session session = session()) {
      session.execute(
          "CREATE KEYSPACE busy WITH replication = {'class': 'SimpleStrategy',"
              + " 'replication_factor': 1}");
      session.execute("CREATE TABLE busy.things (a text, b int, c int, PRIMARY KEY ((a, b), c))");
      CompletableFuture<Run> counted =
          CompletableFuture.supplyAsync(() -> admin("toppartitions", table, "1s", "-k", "1"));
      while (!counted.isDone()) {
        session.execute("INSERT INTO busy.things (a, b, c) VALUES ('hot', 7, 1)");
        session.execute("SELECT * FROM busy.things WHERE a = 'hot' AND b = 7");
        session.execute("SELECT * FROM busy.things WHERE a = 'cold' AND b = 8");
        session.execute("SELECT * FROM busy.things WHERE a = 'hot' AND b = 7 AND c = 1");
      }
      assertThat(counted.join().out)
          .containsPattern("most read:\n.*\n.*\n.*busy.*things.*hot:7")
          .containsPattern("most written:\n.*\n.*\n.*busy.*things.*hot:7")
          .doesNotContain("cold");
    }
    assertThat(admin("flush", "busy").code).isZero();
    assertThat(admin("getsstables", "busy", "things", "hot:7").out).contains("busy-things");
    assertThat(admin("getsstables", "busy", "things", "cold:8").out).contains("none");
  }

  @Test
  void snapshotsOfWhatWasDroppedAreCleared() {
    try (Session session = session()) {
      session.execute(
          "CREATE KEYSPACE gone WITH replication = {'class': 'SimpleStrategy',"
              + " 'replication_factor': 1}");
      for (String table : List.of("one", "two", "three")) {
        session.execute("CREATE TABLE gone." + table + " (k int PRIMARY KEY)");
        session.execute("INSERT INTO gone." + table + " (k) VALUES (1)");
      }
      assertThat(admin("snapshot", "-t", "kept", "gone.one").code).isZero();
      session.execute("DROP KEYSPACE gone");
    }
    assertThat(snapshots("gone")).hasSize(4);
    assertThat(admin("clearsnapshot", "-t", "kept").out).contains("snapshots  1");
    assertThat(admin("clearsnapshot", "--all", "gone", "one").out).contains("snapshots  1");
    assertThat(admin("clearsnapshot", "--all", "gone.two").out).contains("snapshots  1");
    assertThat(admin("clearsnapshot", "--all", "gone").out).contains("snapshots  1");
    assertThat(snapshots("gone")).isEmpty();
    Run none = admin("clearsnapshot", "--all", "gone");
    assertThat(none.err).contains("there is no keyspace named 'gone'");
  }

  private static List<String> snapshots(String keyspace) {
    return admin("listsnapshots").out.lines().filter(line -> line.contains(keyspace)).toList();
  }

  @ParameterizedTest
  @Tag(TestNode.PEER)
  @CsvSource(
      delimiter = '|',
      value = {
        "help                           | describecluster",
        "status                         | UN  127.0.0.1 | 100.0 %",
        "info                           | release version",
        "version                        | cql version",
        "describecluster                | Murmur3Partitioner",
        "gossipinfo                     | NORMAL",
        "tablestats system              | tombstones per read p99",
        "cfstats system paxos           | paxos",
        "tablehistograms system         | coordinator write",
        "tablehistograms system paxos   | 0 us",
        "compactionstats                | ",
        "tpstats                        | completed tasks",
        "clientstats                    | Ilion Java driver",
        "settings read_request          | read_request_timeout",
        "caches                         | ",
        "queries                        | ",
        "listsnapshots                  | ",
        "--format json settings read_re | \"name\"",
      })
  void otherServersAreAskedByCql(String words, String contains) {
    List<String> all = new ArrayList<>(List.of("admin", "--cql", cqlAddress()));
    all.addAll(List.of(words.split(" +")));
    Run run = run(all.toArray(String[]::new));
    assertThat(run.err).isEmpty();
    assertThat(run.out.replaceAll("[ |]+", " "))
        .contains(contains == null ? "" : contains.replaceAll(" +", " "));
    assertThat(run.code).isZero();
  }

  @Test
  @Tag(TestNode.PEER)
  void whatCqlDoesNotTellIsSaid() {
    Run drain = run("admin", "--cql", cqlAddress(), "drain");
    assertThat(drain.err).startsWith("ilion: 'drain' cannot be asked by CQL").contains("status");
    assertThat(drain.code).isEqualTo(2);
    assertThat(run("admin", "--cql", cqlAddress(), "status", "x").err).contains("with 'x'");
    assertThat(run("admin", "--cql", cqlAddress(), "tablestats", "nowhere").code).isEqualTo(2);
    assertThat(run("admin", "--cql", "127.0.0.1:1", "status").err).contains("connection refused");
  }

  private static String cqlAddress() {
    InetSocketAddress asked = TestNode.isPeer() ? TestNode.peer() : node.nativeAddress();
    return asked.getHostString() + ":" + asked.getPort();
  }

  @Test
  void whatIsSlowFollowsTheThreshold() {
    String statement = "SELECT * FROM system_schema.columns";
    assertThat(admin("setslowquerythreshold", "1ms").out).contains("1.0");
    try (Session session = session()) {
      // A thousandth of a second is not reached by everything, but by one of these.
      for (int i = 0; i < 200 && !admin("slowqueries").out.contains(statement); i++) {
        session.execute(statement);
      }
      assertThat(admin("slowqueries").out).contains(statement);
    } finally {
      assertThat(admin("setslowquerythreshold", "500ms").code).isZero();
    }
    assertThat(admin("setslowquerythreshold", "soon").err).contains("10s, 5m or 2h");
  }

  @Test
  void aNodeThatIsNotThereIsSaid() {
    Run run = run("admin", "--http-port", "1", "status");
    assertThat(run.err).contains("no node answers at 127.0.0.1:1").contains("is it running?");
    assertThat(run.code).isEqualTo(1);
  }

  @Test
  void helpHasExamples() {
    Run run = run("admin", "--help");
    assertThat(run.out).contains("ilion admin compact shop orders").contains("--http-port");
    assertThat(run.code).isZero();
  }
}
