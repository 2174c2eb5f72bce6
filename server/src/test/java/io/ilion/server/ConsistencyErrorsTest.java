package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.replica.read.ReadService;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.model.WriteType;
import io.ilion.protocol.BoundValues;
import io.ilion.protocol.ErrorDetails;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.runtime.simulated.SimulatedFiles;
import io.ilion.server.netty.LogListener;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/**
 * Reads, writes and conditional updates at every level by a node of dc1, of a keyspace with three
 * replicas in dc1 and three in dc2, of which some are dead, silent or cannot do what they are
 * asked. Each line has levels that are answered alike; of an error the level is given if it is not
 * the one that was asked for.
 */
class ConsistencyErrorsTest {
  private static final long SECOND = CoreCluster.SECOND;
  private static final int NODES = 6;
  private static final int HERE = 3;
  private static final int IN_FIRST_BLOCK = 60;

  private final CoreCluster run;
  private int key = 1000;

  ConsistencyErrorsTest() throws IOException {
    run = new CoreCluster(1, NODES, 3, CoreCluster::inTwoDatacenters);
    run.ask(
        0,
        "CREATE KEYSPACE e WITH replication ="
            + " {'class': 'NetworkTopologyStrategy', 'dc1': 3, 'dc2': 3}",
        Consistency.ONE);
    run.ask(0, "CREATE TABLE e.t (k int PRIMARY KEY, v int)", Consistency.ONE);
    for (int row = 1; row <= 2; row++) {
      assertThat(run.ask(0, "INSERT INTO e.t (k, v) VALUES (" + row + ", 1)", Consistency.ALL))
          .isInstanceOf(Result.Void.class);
    }
  }

  private CompletionStage<Response> ask(
      ProtocolVersion version, String cql, Consistency level, Consistency serial) {
    QueryParameters parameters =
        new QueryParameters(
            level,
            BoundValues.NONE,
            false,
            QueryParameters.NO_PAGE_SIZE,
            null,
            serial,
            QueryParameters.NO_TIMESTAMP,
            null,
            QueryParameters.NO_NOW_IN_SECONDS);
    return run.cores.get(0).ask(version, new Request.Query(cql, parameters));
  }

  private CompletionStage<Response> write(ProtocolVersion version, Consistency level) {
    String row = "(" + key++ + ", 1)";
    return ask(version, "INSERT INTO e.t (k, v) VALUES " + row, level, Consistency.SERIAL);
  }

  private CompletionStage<Response> read(ProtocolVersion version, Consistency level) {
    // At one node the rounds of one partition wait for each other, whoever is to agree.
    int row = level == Consistency.LOCAL_SERIAL ? 2 : 1;
    return ask(version, "SELECT v FROM e.t WHERE k = " + row, level, Consistency.SERIAL);
  }

  private CompletionStage<Response> cas(
      ProtocolVersion version, Consistency level, Consistency serial) {
    String row = "(" + key++ + ", 1)";
    return ask(version, "INSERT INTO e.t (k, v) VALUES " + row + " IF NOT EXISTS", level, serial);
  }

  /** What is answered at each level when all is asked at once. */
  private String all() {
    ProtocolVersion version = ProtocolVersion.V5;
    Map<String, Map<Consistency, CompletionStage<Response>>> asked = new LinkedHashMap<>();
    for (String kind : List.of("read", "write", "cas", "local cas")) {
      Map<Consistency, CompletionStage<Response>> answers = new TreeMap<>();
      for (Consistency level : Consistency.values()) {
        answers.put(
            level,
            switch (kind) {
              case "read" -> read(version, level);
              case "write" -> write(version, level);
              case "cas" -> cas(version, level, Consistency.SERIAL);
              default -> cas(version, level, Consistency.LOCAL_SERIAL);
            });
      }
      asked.put(kind, answers);
    }
    StringBuilder text = new StringBuilder();
    asked.forEach(
        (kind, answers) -> {
          Map<String, List<Consistency>> alike = new LinkedHashMap<>();
          answers.forEach(
              (level, answer) ->
                  alike
                      .computeIfAbsent(
                          text(run.world.await(answer), level), of -> new ArrayList<>())
                      .add(level));
          alike.forEach(
              (answer, levels) ->
                  text.append(kind)
                      .append(' ')
                      .append(String.join(" ", levels.stream().map(Consistency::name).toList()))
                      .append(": ")
                      .append(answer)
                      .append('\n'));
        });
    return text.toString();
  }

  private static String text(Response response, Consistency asked) {
    if (!(response instanceof Response.Error error)) {
      return "ok";
    }
    String fields =
        switch (error.details()) {
          case null -> "";
          case ErrorDetails.Unavailable e ->
              at(e.consistency(), asked) + e.alive() + " of " + e.required();
          case ErrorDetails.ReadTimeout e ->
              at(e.consistency(), asked)
                  + of(e.received(), e.blockFor())
                  + (e.dataPresent() ? " with data" : " without data");
          case ErrorDetails.WriteTimeout e ->
              at(e.consistency(), asked)
                  + of(e.received(), e.blockFor())
                  + " "
                  + e.writeType()
                  + (e.contentions() > 0 ? " contentions " + e.contentions() : "");
          default -> error.details().toString();
        };
    return fields.isEmpty() ? error.code().name() : error.code() + " " + fields;
  }

  private static String at(Consistency level, Consistency asked) {
    return level == asked ? "" : level + " ";
  }

  private static String of(int received, int blockFor) {
    return received + " of " + blockFor;
  }

  /** Nothing goes from one data centre to the other any more, or everything does again. */
  private void silence(boolean silent) {
    LinkFaults faults = silent ? new LinkFaults(50_000, 300_000, 1, 0, 0, true) : null;
    for (int i = 0; i < HERE; i++) {
      for (int other = HERE; other < NODES; other++) {
        NodeAddress a = run.machines.get(i).address();
        NodeAddress b = run.machines.get(other).address();
        run.world.network().setFaults(a, b, faults);
        run.world.network().setFaults(b, a, faults);
      }
    }
  }

  /** What makes no sense whatever the nodes do. */
  private static final String REFUSED =
      """
      read ANY: INVALID
      write SERIAL LOCAL_SERIAL: INVALID
      cas SERIAL LOCAL_SERIAL: INVALID
      local cas SERIAL LOCAL_SERIAL: INVALID
      """;

  private void expect(String answers) {
    List<String> expected = new ArrayList<>(answers.lines().toList());
    expected.addAll(REFUSED.lines().toList());
    assertThat(all().lines()).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void withoutTroubleEveryLevelIsServed() {
    expect(
        """
        read ONE TWO THREE QUORUM ALL LOCAL_QUORUM EACH_QUORUM SERIAL LOCAL_SERIAL LOCAL_ONE: ok
        write ANY ONE TWO THREE QUORUM ALL LOCAL_QUORUM EACH_QUORUM LOCAL_ONE: ok
        cas ANY ONE TWO THREE QUORUM ALL LOCAL_QUORUM EACH_QUORUM LOCAL_ONE: ok
        local cas ANY ONE TWO THREE QUORUM ALL LOCAL_QUORUM EACH_QUORUM LOCAL_ONE: ok
        """);
  }

  @Test
  void theOtherDatacenterIsDead() {
    for (int other = HERE; other < NODES; other++) {
      run.machines.get(other).kill();
    }
    run.world.run(40 * SECOND);
    expect(
        """
        read ONE TWO THREE LOCAL_QUORUM LOCAL_SERIAL LOCAL_ONE: ok
        read QUORUM SERIAL: UNAVAILABLE 3 of 4
        read ALL: UNAVAILABLE 3 of 6
        read EACH_QUORUM: UNAVAILABLE 0 of 2
        write ANY ONE TWO THREE LOCAL_QUORUM LOCAL_ONE: ok
        write QUORUM: UNAVAILABLE 3 of 4
        write ALL: UNAVAILABLE 3 of 6
        write EACH_QUORUM: UNAVAILABLE 0 of 2
        cas ANY ONE TWO THREE QUORUM ALL LOCAL_QUORUM EACH_QUORUM LOCAL_ONE: UNAVAILABLE SERIAL 3 of 4
        local cas ANY ONE TWO THREE LOCAL_QUORUM LOCAL_ONE: ok
        local cas QUORUM EACH_QUORUM: WRITE_TIMEOUT 3 of 4 SIMPLE
        local cas ALL: WRITE_TIMEOUT 3 of 6 SIMPLE
        """);
  }

  @Test
  void mostOfTheCoordinatorsDatacenterAreDead() {
    run.machines.get(1).kill();
    run.machines.get(2).kill();
    run.world.run(40 * SECOND);
    expect(
        """
        read ONE TWO THREE QUORUM SERIAL LOCAL_ONE: ok
        read ALL: UNAVAILABLE 4 of 6
        read LOCAL_QUORUM LOCAL_SERIAL: UNAVAILABLE 1 of 2
        read EACH_QUORUM: UNAVAILABLE 0 of 2
        write ANY ONE TWO THREE QUORUM LOCAL_ONE: ok
        write ALL: UNAVAILABLE 4 of 6
        write LOCAL_QUORUM: UNAVAILABLE 1 of 2
        write EACH_QUORUM: UNAVAILABLE 0 of 2
        cas ANY ONE TWO THREE QUORUM LOCAL_ONE: ok
        cas ALL: WRITE_TIMEOUT 4 of 6 SIMPLE
        cas LOCAL_QUORUM: WRITE_TIMEOUT 1 of 2 SIMPLE
        cas EACH_QUORUM: WRITE_TIMEOUT 3 of 4 SIMPLE
        local cas ANY ONE TWO THREE QUORUM ALL LOCAL_QUORUM EACH_QUORUM LOCAL_ONE: UNAVAILABLE LOCAL_SERIAL 1 of 2
        """);
  }

  @Test
  void theOtherDatacenterIsSilent() {
    silence(true);
    expect(
        """
        read ONE TWO THREE LOCAL_QUORUM LOCAL_SERIAL LOCAL_ONE: ok
        read QUORUM: READ_TIMEOUT 3 of 4 with data
        read ALL: READ_TIMEOUT 3 of 6 with data
        read EACH_QUORUM: READ_TIMEOUT 2 of 4 with data
        read SERIAL: READ_TIMEOUT 3 of 4 without data
        write ANY ONE TWO THREE LOCAL_QUORUM LOCAL_ONE: ok
        write QUORUM EACH_QUORUM: WRITE_TIMEOUT 3 of 4 SIMPLE
        write ALL: WRITE_TIMEOUT 3 of 6 SIMPLE
        cas ANY ONE TWO THREE QUORUM ALL LOCAL_QUORUM EACH_QUORUM LOCAL_ONE: WRITE_TIMEOUT SERIAL 3 of 4 CAS
        local cas ANY ONE TWO THREE LOCAL_QUORUM LOCAL_ONE: ok
        local cas QUORUM EACH_QUORUM: WRITE_TIMEOUT 3 of 4 SIMPLE
        local cas ALL: WRITE_TIMEOUT 3 of 6 SIMPLE
        """);
  }

  /** Who fails is told by its address and the reason in version 5, and counted in version 4. */
  @Test
  void theDisksOfTheOtherDatacenterAreFull() {
    for (int other = HERE; other < NODES; other++) {
      run.machines.get(other).files().setFull(true);
    }
    for (Consistency level :
        List.of(Consistency.QUORUM, Consistency.EACH_QUORUM, Consistency.ALL)) {
      Response.Error error = failed(write(ProtocolVersion.V5, level));
      assertThat(error.code()).isEqualTo(ErrorCode.WRITE_FAILURE);
      ErrorDetails.WriteFailure failure = (ErrorDetails.WriteFailure) error.details();
      assertThat(failure.consistency()).isEqualTo(level);
      assertThat(failure.blockFor()).isEqualTo(level == Consistency.ALL ? 6 : 4);
      assertThat(failure.received()).isBetween(0, 3);
      assertThat(failure.writeType()).isEqualTo(WriteType.SIMPLE);
      // As soon as too few are left, nobody else is waited for.
      int least = level == Consistency.QUORUM ? 3 : level == Consistency.ALL ? 1 : 2;
      expectFailed(failure.failures(), least);
    }
    ErrorDetails.WriteFailure four =
        (ErrorDetails.WriteFailure) failed(write(ProtocolVersion.V4, Consistency.QUORUM)).details();
    assertThat(four.failures()).isEqualTo(new ErrorDetails.Failures(3, Map.of()));
    assertThat(four.blockFor()).isEqualTo(4);
    Response.Error three = failed(write(ProtocolVersion.V3, Consistency.QUORUM));
    assertThat(three.code()).isEqualTo(ErrorCode.WRITE_TIMEOUT);
    ErrorDetails.WriteTimeout timeout = (ErrorDetails.WriteTimeout) three.details();
    assertThat(timeout.blockFor()).isEqualTo(4);
    assertThat(timeout.received()).isBetween(0, 3);
    for (Consistency level :
        List.of(Consistency.LOCAL_QUORUM, Consistency.THREE, Consistency.ANY)) {
      assertThat(run.world.await(write(ProtocolVersion.V5, level)))
          .as("%s", level)
          .isInstanceOf(Result.Void.class);
    }
  }

  @Test
  void theFilesOfTheOtherDatacenterAreDamaged() throws IOException {
    for (int other = HERE; other < NODES; other++) {
      run.run(other, "flush", Map.of("keyspace", "e"));
      SimulatedFiles files = run.machines.get(other).files();
      files.paths().stream()
          .filter(path -> path.endsWith(".v1") && path.contains("/e-t-"))
          .forEach(path -> files.corrupt(path, IN_FIRST_BLOCK, 4));
      run.machines.get(other).kill();
      run.world.await(run.begin(other).started());
    }
    run.world.run(20 * SECOND);
    try (LogListener log = new LogListener(ReadService.class)) {
      readDamaged();
      run.world.run(20 * SECOND);
      // What is met by every read is said once of each node.
      assertThat(log.said())
          .hasSizeBetween(1, NODES - HERE)
          .allSatisfy(
              line ->
                  assertThat(line)
                      .startsWith("others cannot read what is damaged here: node/data/e-t-")
                      .matches(".* is damaged at offset .*; met \\d+ times"));
    }
  }

  private void readDamaged() {
    for (Consistency level :
        List.of(Consistency.QUORUM, Consistency.EACH_QUORUM, Consistency.ALL)) {
      Response.Error error = failed(read(ProtocolVersion.V5, level));
      assertThat(error.code()).isEqualTo(ErrorCode.READ_FAILURE);
      ErrorDetails.ReadFailure failure = (ErrorDetails.ReadFailure) error.details();
      assertThat(failure.consistency()).isEqualTo(level);
      assertThat(failure.blockFor()).isEqualTo(level == Consistency.ALL ? 6 : 4);
      assertThat(failure.received()).isBetween(0, 3);
      // At EACH_QUORUM nobody of another data centre can stand in for one that failed.
      expectFailed(failure.failures(), level == Consistency.QUORUM ? 3 : 1);
    }
    ErrorDetails.ReadFailure four =
        (ErrorDetails.ReadFailure) failed(read(ProtocolVersion.V4, Consistency.QUORUM)).details();
    assertThat(four.failures().reasons()).isEmpty();
    assertThat(four.failures().count()).isBetween(1, 3);
    Response.Error three = failed(read(ProtocolVersion.V3, Consistency.QUORUM));
    assertThat(three.code()).isEqualTo(ErrorCode.READ_TIMEOUT);
    assertThat(((ErrorDetails.ReadTimeout) three.details()).blockFor()).isEqualTo(4);
    for (Consistency level :
        List.of(Consistency.LOCAL_QUORUM, Consistency.THREE, Consistency.ONE)) {
      assertThat(run.world.await(read(ProtocolVersion.V5, level)))
          .as("%s", level)
          .isInstanceOf(Result.Rows.class);
    }
  }

  private Response.Error failed(CompletionStage<Response> answer) {
    Response response = run.world.await(answer);
    assertThat(response).isInstanceOf(Response.Error.class);
    return (Response.Error) response;
  }

  /** Some of the other data centre failed, for the reason that has no other name. */
  private static void expectFailed(ErrorDetails.Failures failures, int least) {
    assertThat(failures.count()).isBetween(least, NODES - HERE);
    assertThat(failures.reasons()).hasSize(failures.count());
    assertThat(failures.reasons().keySet())
        .extracting(InetAddress::getHostAddress)
        .isSubsetOf("127.0.0.4", "127.0.0.5", "127.0.0.6");
    assertThat(failures.reasons().values()).containsOnly(FailureReason.UNKNOWN.code());
  }

  /** Whose proposals were heard by some, and nothing of them since. */
  @Test
  void whatSomeMayHaveAcceptedIsUnknown() {
    List<ProtocolVersion> versions =
        List.of(ProtocolVersion.V5, ProtocolVersion.V4, ProtocolVersion.V3);
    int unknown = 0;
    for (int i = 0; i < 60; i++) {
      ProtocolVersion version = versions.get(i % 3);
      CompletionStage<Response> answer = cas(version, Consistency.ANY, Consistency.SERIAL);
      run.world.run(i * 50_000L);
      silence(true);
      Response response = run.world.await(answer);
      silence(false);
      run.world.run(SECOND);
      if (!(response instanceof Response.Error error)) {
        continue;
      }
      if (error.code() == ErrorCode.CAS_WRITE_UNKNOWN) {
        assertThat(version).isEqualTo(ProtocolVersion.V5);
        ErrorDetails.CasWriteUnknown details = (ErrorDetails.CasWriteUnknown) error.details();
        assertThat(details.consistency()).isEqualTo(Consistency.SERIAL);
        assertThat(details.received()).isBetween(0, 3);
        assertThat(details.blockFor()).isEqualTo(4);
        unknown++;
      } else {
        assertThat(error.code()).isEqualTo(ErrorCode.WRITE_TIMEOUT);
        ErrorDetails.WriteTimeout details = (ErrorDetails.WriteTimeout) error.details();
        assertThat(details.writeType()).isEqualTo(WriteType.CAS);
        assertThat(details.received()).isBetween(0, 3);
        assertThat(details.blockFor()).isEqualTo(4);
      }
    }
    assertThat(unknown).isPositive();
  }
}
