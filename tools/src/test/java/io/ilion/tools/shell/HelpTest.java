package io.ilion.tools.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.tools.console.ToolException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What HELP knows: all that cqlsh's does, by the names that it has there. */
class HelpTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "AGGREGATES ALTER_KEYSPACE ALTER_MATERIALIZED_VIEW ALTER_TABLE ALTER_TYPE ALTER_USER APPLY",
        "ASCII BATCH BEGIN BLOB BOOLEAN COUNTER CREATE_AGGREGATE CREATE_COLUMNFAMILY",
        "CREATE_FUNCTION CREATE_INDEX CREATE_KEYSPACE CREATE_MATERIALIZED_VIEW CREATE_ROLE",
        "CREATE_TABLE CREATE_TRIGGER CREATE_TYPE CREATE_USER DATE DELETE DROP_AGGREGATE",
        "DROP_COLUMNFAMILY DROP_FUNCTION DROP_INDEX DROP_KEYSPACE DROP_MATERIALIZED_VIEW DROP_ROLE",
        "DROP_TABLE DROP_TRIGGER DROP_TYPE DROP_USER FUNCTIONS GRANT INSERT INSERT_JSON INT JSON",
        "KEYWORDS LIST_PERMISSIONS LIST_ROLES LIST_USERS PERMISSIONS REVOKE SELECT SELECT_JSON"
            + " TEXT",
        "TIME TIMESTAMP TRUNCATE TYPES UPDATE USE UUID",
        "CAPTURE CLS COPY DESCRIBE EXPAND LOGIN SERIAL SOURCE CLEAR CONSISTENCY DESC EXIT HELP",
        "PAGING SHOW TRACING HISTORY QUIT"
      })
  void knowsTheTopicsOfCqlsh(String topics) {
    for (String topic : topics.split(" ")) {
      assertThat(Help.lines(List.of(topic))).as(topic).hasSizeGreaterThan(1);
      List<String> words = List.of(topic.toLowerCase(java.util.Locale.ROOT).split("_"));
      assertThat(Help.lines(words)).as("%s", words).isEqualTo(Help.lines(List.of(topic)));
    }
  }

  @Test
  void knowsWhatItListsAndEveryCommand() {
    for (String line : Help.lines(List.of())) {
      for (String word : line.strip().split(" {2,}|(?<=[A-Z]) (?=LIST)|And: ")) {
        if (word.matches("[A-Z][A-Z ]+")) {
          assertThat(Help.lines(List.of(word.split(" ")))).as(word).isNotEmpty();
        }
      }
    }
    for (String command : ShellCommands.sorted()) {
      assertThat(Help.lines(List.of(command))).as(command).isNotEmpty();
    }
    assertThatThrownBy(() -> Help.lines(List.of("nothing"))).isInstanceOf(ToolException.class);
  }
}
