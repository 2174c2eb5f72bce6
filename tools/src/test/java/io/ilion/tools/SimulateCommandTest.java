package io.ilion.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.simulator.Defect;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class SimulateCommandTest {
  private static final String LOG_LEVEL = "ilion.log.level";
  private static final Pattern REPLAY =
      Pattern.compile("replay it with: \\./ilion simulate ([^\\n]+)\\n");

  private String logLevel;

  private record Run(int code, String out) {}

  @BeforeEach
  void keepLogLevel() {
    logLevel = System.getProperty(LOG_LEVEL);
  }

  @AfterEach
  void restoreLogLevel() {
    if (logLevel == null) {
      System.clearProperty(LOG_LEVEL);
    }
  }

  private static Run run(Supplier<Defect> defect, String flags) {
    StringWriter out = new StringWriter();
    CommandLine command = new CommandLine(new SimulateCommand(defect));
    command.setOut(new PrintWriter(out));
    return new Run(command.execute(flags.split(" ")), out.toString());
  }

  /** The commit log is not on the disk when the power fails. */
  private static Defect syncsThatLie() {
    return new Defect() {
      @Override
      public void machine(SimulatedNode machine) {
        machine.files().setLyingSyncs(path -> path.contains("/commitlog/"));
      }
    };
  }

  @Test
  void theLineOfAFailureReplaysIt() {
    Run failed =
        run(
            SimulateCommandTest::syncsThatLie,
            "--seeds 1..2 --nodes 1 --minutes 1 --faults power,kill --workloads rows,sets");
    assertThat(failed.code).as(failed.out).isEqualTo(1);
    Matcher replay = REPLAY.matcher(failed.out);
    assertThat(replay.find()).as(failed.out).isTrue();
    String flags = replay.group(1);
    assertThat(flags).contains("--nodes 1", "--seconds 60");
    Run again = run(SimulateCommandTest::syncsThatLie, flags);
    assertThat(again.code).isEqualTo(1);
    assertThat(again.out.lines().limit(2)).isEqualTo(failed.out.lines().limit(2).toList());
    Run sound = run(() -> Defect.NONE, flags);
    assertThat(sound.code).as(sound.out).isZero();
    assertThat(sound.out).startsWith("1 seeds, 0 failed: ");
  }
}
