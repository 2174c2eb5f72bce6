package io.ilion.gossip.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RaftLogTest {
  /** Each new table is an entry with all tables of its keyspace. */
  @ParameterizedTest
  @CsvSource({"10, 256", "1000000, 8", "20000000, 4"})
  void whatIsKeptForThoseWhoLagBehindIsBounded(int bytes, int kept) {
    byte[] changes = new byte[bytes];
    RaftLog log = new RaftLog(LogPosition.START, List.of());
    for (int index = 1; index <= 300; index++) {
      log.put(new LogEntry(index, 1, LogEntry.NOBODY, changes));
      log.compact(index - 1);
    }
    assertThat(log.base()).isEqualTo(new LogPosition(299 - kept, 1));
    assertThat(log.last()).isEqualTo(new LogPosition(300, 1));
  }
}
