package io.ilion.conformance.cql;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs the cases of a fixture file against two servers and prints every answer that is not the
 * same: {@code REFEREE:PORT OURS:PORT FILE}. With {@code all} behind them it prints the others too.
 */
final class Comparison {
  private Comparison() {}

  /** Compares. */
  public static void main(String[] arguments) throws IOException {
    Fixture fixture = Fixture.parse(Files.readAllLines(Path.of(arguments[2])));
    boolean all = arguments.length > 3 && arguments[3].equals("all");
    int equal = 0;
    try (Session referee = new Session(address(arguments[0]), "comparison");
        Session ours = new Session(address(arguments[1]), "comparison")) {
      referee.open();
      ours.open();
      for (Fixture.Case one : fixture.cases()) {
        List<String> expected = FixtureRun.positions(referee.run(one));
        List<String> got = FixtureRun.positions(ours.run(one));
        if (expected.equals(got)) {
          equal++;
        }
        if (all || !expected.equals(got)) {
          System.out.println(
              String.join("\n", one.directives().stream().map(Object::toString).toList())
                  + one.statement()
                  + "\n  = "
                  + String.join("\n    ", expected)
                  + (expected.equals(got) ? "" : "\n  # " + String.join("\n    ", got)));
        }
      }
      System.out.println(equal + " of " + fixture.cases().size() + " equal");
    }
  }

  static InetSocketAddress address(String hostAndPort) {
    int colon = hostAndPort.lastIndexOf(':');
    return new InetSocketAddress(
        hostAndPort.substring(0, colon), Integer.parseInt(hostAndPort.substring(colon + 1)));
  }
}
