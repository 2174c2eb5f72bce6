package io.ilion.tools.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.driver.NoNodeAvailableException;
import io.ilion.driver.ServerException;
import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.protocol.ErrorDetails;
import io.ilion.tools.shell.StatementSplitter.Statement;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ErrorTextTest {
  private static final Statement STATEMENT = new Statement("SELECT * FROM k.t", 1, 0);

  private static ServerException unavailable(SocketAddress node) {
    return new ServerException(
        ErrorCode.UNAVAILABLE,
        "Cannot achieve consistency level ALL",
        new ErrorDetails.Unavailable(Consistency.ALL, 3, 2),
        node);
  }

  @Test
  void whatTheOnlyNodeSaidIsTheError() {
    SocketAddress one = InetSocketAddress.createUnresolved("one", 9042);
    List<String> lines =
        ErrorText.lines(
            null, STATEMENT, new NoNodeAvailableException(Map.of(one, unavailable(one))));
    assertThat(lines)
        .containsExactly(
            "Unavailable: Cannot achieve consistency level ALL (ALL needs 3 replicas, 2 are"
                + " alive)");
  }

  @Test
  void whatSeveralNodesSaidIsTold() {
    SocketAddress one = InetSocketAddress.createUnresolved("one", 9042);
    SocketAddress two = InetSocketAddress.createUnresolved("two", 9042);
    List<String> lines =
        ErrorText.lines(
            null,
            STATEMENT,
            new NoNodeAvailableException(Map.of(one, unavailable(one), two, unavailable(two))));
    assertThat(lines.getFirst())
        .startsWith("ConnectionError: All nodes that were tried failed")
        .contains("one:9042: ", "two:9042: ");
  }
}
