package io.ilion.conformance.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** CQL that is deep, long or wrong, over a socket. */
class HostileCqlTest extends HostileTest {
  private static final int DEEP = 10_000;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "INSERT INTO witness.wide (k, v) VALUES (1, |[|1|]|)|line 1:242 brackets",
        "INSERT INTO witness.wide (k, v) VALUES (1, |{1:|1|}|)|line 1:640 brackets",
        "INSERT INTO witness.wide (k, v) VALUES (1, |(|1|)|)|line 1:242 brackets",
        "INSERT INTO witness.wide (k, v) VALUES (1, |f(|1|)|)|line 1:442 brackets",
        "`SELECT `|token(|k|)|` FROM witness.wide`|line 1:1212 brackets"
      })
  void bracketsWithinBrackets(
      String head, String open, String inner, String close, String tail, String message)
      throws IOException {
    String start = head.endsWith(" ") ? head : head + " ";
    try (Peer peer = peer()) {
      peer.demandError(
          Frame.query(start + open.repeat(DEEP) + inner + close.repeat(DEEP) + " " + tail.strip()),
          SYNTAX_ERROR,
          message + " are nested too deeply, at most 200 expected",
          true);
    }
  }

  @Test
  void expressionsWithinExpressions() throws IOException {
    try (Peer peer = peer()) {
      peer.demandError(
          Frame.query("INSERT INTO witness.wide (k, v) VALUES (1, " + "(int)".repeat(DEEP) + "1)"),
          SYNTAX_ERROR,
          "line 1:43 the expression is nested too deeply, at most 500 expected",
          true);
      peer.demandError(
          Frame.query("SELECT k FROM witness.wide WHERE k = " + "1 + ".repeat(DEEP) + "1"),
          SYNTAX_ERROR,
          "line 1:37 the expression is nested too deeply, at most 500 expected",
          true);
      for (String type : List.of("list<", "frozen<")) {
        Peer.Answer answer =
            peer.ask(
                Frame.query(
                    "CREATE TABLE witness.d (k int PRIMARY KEY, v "
                        + type.repeat(DEEP)
                        + "int"
                        + ">".repeat(DEEP)
                        + ")"));
        assertThat(answer.errorCode()).isEqualTo(SYNTAX_ERROR);
        assertThat(answer.message()).endsWith("the statement is nested too deeply");
      }
    }
  }

  @Test
  void statementsOfAMegabyte() throws IOException {
    String filler = "x".repeat(1 << 20);
    try (Peer peer = peer()) {
      peer.demand(
          Frame.query("INSERT INTO witness.wide (k, v) VALUES (1, '" + filler + "')"),
          Frame.RESULT);
      peer.demand(Frame.query("/*" + filler + "*/ SELECT key FROM system.local"), Frame.RESULT);
      Peer.Answer name = peer.ask(Frame.query("SELECT " + filler + " FROM witness.wide"));
      assertThat(name.errorCode()).isEqualTo(INVALID);
      assertThat(name.message()).startsWith("Undefined column name xxx");
      String many = "1, ".repeat(1 << 18) + "1";
      peer.demand(
          Frame.query("SELECT k FROM witness.wide WHERE k IN (" + many + ")"), Frame.RESULT);
      Peer.Answer noise = peer.ask(Frame.query("\u0000'\"$$".repeat(1 << 18)));
      assertThat(noise.errorCode()).isEqualTo(SYNTAX_ERROR);
      assertThat(noise.message()).startsWith("line 1:0 no viable alternative at character");
      peer.demand(Frame.options(), Frame.SUPPORTED);
    }
  }

  @Test
  void statementsOfManyMegabytes() throws IOException {
    try (Peer peer = peer()) {
      for (String cql :
          List.of(
              "SELECT k FROM witness.wide WHERE k IN (" + "1,".repeat(7 << 20) + "1)",
              "SELECT " + "k,".repeat(7 << 20) + "k FROM witness.wide",
              "BEGIN BATCH "
                  + "DELETE FROM witness.wide WHERE k=1;".repeat(400_000)
                  + "APPLY BATCH")) {
        Peer.Answer answer = peer.ask(Frame.query(cql));
        assertThat(answer.errorCode()).isEqualTo(SYNTAX_ERROR);
        assertThat(answer.message())
            .endsWith("the statement is too long, at most 1100000 tokens expected");
      }
      // The plan of a prepared statement stays.
      Peer.Answer prepared =
          peer.ask(Frame.prepare("SELECT " + "k,".repeat(100_000) + "k FROM witness.wide"));
      assertThat(prepared.errorCode()).isEqualTo(INVALID);
      assertThat(prepared.message())
          .startsWith(
              "Prepared statement of size 12941620 bytes is larger than allowed maximum of 10 MB:"
                  + " SELECT k,k,");
      peer.demand(
          Frame.query("/*" + "x".repeat(14 << 20) + "*/ SELECT key FROM system.local"),
          Frame.RESULT);
    }
  }

  /** To read a number takes time that grows with the square of its length. */
  @Test
  void numbersOfAMegabyte() throws IOException {
    String digits = "9".repeat(1 << 20);
    try (Peer peer = peer()) {
      for (String cql :
          List.of(
              "SELECT k FROM witness.wide WHERE k = " + digits,
              "SELECT k FROM witness.wide LIMIT " + digits,
              "SELECT (varint) " + digits + " FROM witness.wide",
              "SELECT (decimal) 1." + digits + " FROM witness.wide",
              "SELECT (decimal) 1e99999999999 FROM witness.wide",
              "SELECT 1e-99999999999 FROM witness.wide",
              "SELECT [1e-2147483648] FROM witness.wide",
              "SELECT (varint) '" + digits + "' FROM witness.wide",
              "INSERT INTO witness.wide (k) VALUES (1) USING TIMESTAMP " + digits,
              "INSERT INTO witness.wide JSON '{\"k\": " + digits + "}'")) {
        Peer.Answer answer = peer.ask(Frame.query(cql));
        assertThat(answer).as("%.60s", cql).isNotNull();
        assertThat(answer.errorCode())
            .as("%.60s: %.200s", cql, answer.message())
            .isIn(INVALID, SYNTAX_ERROR);
      }
    }
  }

  @Test
  void manyStatementsAndColumns() throws IOException {
    try (Peer peer = peer()) {
      peer.demand(
          Frame.query(
              "BEGIN BATCH "
                  + "INSERT INTO witness.wide (k) VALUES (1);".repeat(20_000)
                  + "APPLY BATCH"),
          Frame.RESULT);
      peer.demand(
          Frame.query("SELECT " + "k,".repeat(50_000) + "k FROM witness.wide WHERE k = 1"),
          Frame.RESULT);
    }
  }

  @Test
  void wrongNumbersAndTypesOfValues() throws IOException {
    String insert = "INSERT INTO witness.t (k, v) VALUES (?, ?)";
    byte[] four = new byte[4];
    String number = "Invalid amount of bind variables";
    byte[] noText = {(byte) 0xff, (byte) 0xfe};
    try (Peer peer = peer()) {
      peer.demandError(Frame.query(insert), INVALID, number, true);
      peer.demandError(Frame.query(insert, four), INVALID, number, true);
      peer.demandError(Frame.query(insert, four, four, four), INVALID, number, true);
      peer.demandError(
          Frame.query(insert, four, new byte[3]), INVALID, "Expected 4 or 0 byte int (3)", true);
      peer.demandError(
          Frame.query(insert, new byte[8], four), INVALID, "Expected 4 or 0 byte int (8)", true);
      peer.demandError(
          Frame.query(insert, new byte[0], four), INVALID, "Key may not be empty", true);
      peer.demandError(
          Frame.query("INSERT INTO witness.wide (k, v) VALUES (?, ?)", four, noText),
          INVALID,
          "String didn't validate.",
          true);
      // The witness writes the first hundred keys.
      byte[] unwitnessed = {0, 0, 1, 0};
      peer.demand(Frame.query(insert, unwitnessed, four), Frame.RESULT);
    }
  }
}
