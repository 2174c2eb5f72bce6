package io.ilion.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * When {@code ./ilion} builds and when it does not, in a tree whose Java and Maven are scripts that
 * say what they were asked.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LauncherTest {
  private static final Instant LONG_AGO = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir private Path home;

  private Path source;
  private Path lock;

  /** What a run wrote. */
  private record Run(int code, String out, String err) {}

  @BeforeEach
  void makeTree() throws IOException {
    Files.copy(Path.of("../ilion"), home.resolve("ilion"), StandardCopyOption.COPY_ATTRIBUTES);
    Files.writeString(home.resolve("pom.xml"), "<project/>");
    source = Files.createDirectories(home.resolve("tools/src/main/java")).resolve("A.java");
    Files.writeString(source, "class A {}");
    lock = home.resolve("tools/target/ilion/lock");
    Path java = Files.createDirectories(home.resolve("jdk/bin")).resolve("java");
    Files.writeString(home.resolve("jdk/release"), "JAVA_VERSION=\"25.0.1\"\n");
    script(
        java,
        """
        for argument; do
          case $argument in
            -XX:AOTCacheOutput=*) echo cache >"${argument#*=}" ;;
            *.jar) jars=$argument ;;
          esac
        done
        printf '%s\n' "$@" >"$COUNT.java"
        echo "java ${*: -2}"
        if [ "${*: -1}" = lives ]; then
          read -r line
          cat "${jars%%:*}"
        fi
        """);
    script(
        Files.createDirectories(home.resolve("bin")).resolve("mvn"),
        """
        echo "[INFO] Building Ilion: tools 0.1.0"
        sleep "${BUILD_SECONDS:-0}"
        echo built >>"$COUNT"
        if [ -n "${BUILD_FAILS:-}" ]; then echo "[ERROR] A.java is wrong"; exit 1; fi
        lib=tools/target/ilion/lib
        for argument; do
          case $argument in -Dilion.lib=*) lib=${argument#*=} ;; esac
        done
        mkdir -p "$lib"
        echo "jar ${BUILD_NAME:-}" >"$lib/tools-0.1.0.jar"
        """);
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, "#!/usr/bin/env bash\n" + text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private Process start(List<String> settings, String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of("env"));
    command.addAll(settings);
    command.add(home.resolve("ilion").toString());
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().remove("ILION_BUILT");
    builder.environment().put("COUNT", home.resolve("count").toString());
    builder.environment().put("JAVA_HOME", home.resolve("jdk").toString());
    builder.environment().merge("PATH", "", (path, none) -> home.resolve("bin") + ":" + path);
    return builder.start();
  }

  private static Run end(Process process) throws Exception {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), out, err);
  }

  private Run run(String... words) throws Exception {
    return end(start(List.of(), words));
  }

  private long builds() throws IOException {
    Path count = home.resolve("count");
    return Files.exists(count) ? Files.readAllLines(count).size() : 0;
  }

  /** What Maven does without the launcher. */
  private void packageWithMaven(String name) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(home.resolve("bin/mvn").toString(), "package");
    builder.directory(home.toFile()).environment().put("COUNT", home.resolve("count").toString());
    builder.environment().put("BUILD_NAME", name);
    assertThat(end(builder.start()).code).isZero();
  }

  /** Has a process say what the jar has that it was started with, and ends it. */
  private static String jarOf(Process process) throws Exception {
    process.getOutputStream().write('\n');
    process.getOutputStream().close();
    Run run = end(process);
    assertThat(run.code).as(run.err).isZero();
    return run.out.lines().skip(1).findFirst().orElseThrow();
  }

  private static void awaitFirstLine(Process process) throws IOException {
    assertThat(process.getInputStream().read()).isEqualTo('j');
  }

  private List<Path> runs() throws IOException {
    try (var all = Files.list(home.resolve("tools/target/ilion/runs"))) {
      return all.sorted().toList();
    }
  }

  /** A tree that was built, and in which then a source was changed. */
  private void buildAndChange() throws Exception {
    assertThat(run("build").code).isZero();
    try (var files = Files.walk(home.resolve("tools/target"))) {
      for (Path file : files.toList()) {
        Files.setLastModifiedTime(file, FileTime.from(LONG_AGO.plusSeconds(60)));
      }
    }
    try (var files = Files.walk(home.resolve("tools/src"))) {
      for (Path file : files.toList()) {
        Files.setLastModifiedTime(file, FileTime.from(LONG_AGO));
      }
    }
    Files.setLastModifiedTime(home.resolve("pom.xml"), FileTime.from(LONG_AGO));
    Files.setLastModifiedTime(source, FileTime.from(LONG_AGO.plusSeconds(120)));
    Files.delete(home.resolve("count"));
  }

  @Test
  void theFirstCommandBuildsWhateverItIs() throws Exception {
    Run first = run("admin", "status");
    assertThat(first.code).as(first.err).isZero();
    assertThat(first.out).isEqualTo("java admin status\n");
    assertThat(first.err).contains("building ilion", "preparing fast starts");
    Run second = run("admin", "status");
    assertThat(second.err).isEmpty();
    assertThat(builds()).isOne();
    assertThat(lock).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"admin", "shell", "load", "unload", "count", "sstable", "completion"})
  void whoOnlyAsksDoesNotWaitForABuild(String command) throws Exception {
    buildAndChange();
    Run run = run(command, "x");
    assertThat(run.out).isEqualTo("java " + command + " x\n");
    assertThat(run.err)
        .isEqualTo("ilion: sources are newer than this build ('ilion build' builds them)\n");
    assertThat(builds()).isZero();
    assertThat(run("start", "--help").out).isEqualTo("java start --help\n");
    assertThat(builds()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"start", "cluster", "bench", "simulate", "build"})
  void whatRunsTheCodeOfTheTreeBuildsItFirst(String command) throws Exception {
    buildAndChange();
    Run run = run(command, "x");
    assertThat(run.err).contains("building ilion").doesNotContain("newer");
    assertThat(builds()).isOne();
    assertThat(run("admin", "status").err).isEmpty();
  }

  @Test
  void whoOnlyAsksDoesNotWaitForACacheEither() throws Exception {
    buildAndChange();
    Files.setLastModifiedTime(source, FileTime.from(LONG_AGO));
    packageWithMaven("another's");
    assertThat(run("admin", "status").err).isEmpty();
    assertThat(run("start", "x").err).isEqualTo("preparing fast starts\n");
    assertThat(run("start", "x").err).isEmpty();
  }

  @Test
  void twoThatStartTogetherBuildOnce() throws Exception {
    Process first = start(List.of("BUILD_SECONDS=1"), "start", "one");
    while (!Files.isSymbolicLink(lock)) {
      assertThat(first.isAlive()).isTrue();
      Thread.onSpinWait();
    }
    Run second = run("start", "two");
    assertThat(second.err).contains("waiting for process " + first.pid() + ", which builds");
    assertThat(second.out).isEqualTo("java start two\n");
    assertThat(end(first).code).isZero();
    assertThat(builds()).isOne();
  }

  @Test
  void aBuildTakesNothingFromWhatRuns() throws Exception {
    Process first = start(List.of("BUILD_NAME=1"), "start", "lives");
    awaitFirstLine(first);
    List<Path> ofFirst = runs();
    for (int i = 2; i <= 4; i++) {
      Files.setLastModifiedTime(source, FileTime.from(Instant.now()));
      assertThat(end(start(List.of("BUILD_NAME=" + i), "build", "x")).code).isZero();
    }
    Process last = start(List.of(), "start", "lives");
    awaitFirstLine(last);
    assertThat(jarOf(last)).isEqualTo("jar 4");
    assertThat(runs()).hasSize(3).containsAll(ofFirst);
    assertThat(jarOf(first)).isEqualTo("jar 1");

    Files.setLastModifiedTime(source, FileTime.from(Instant.now()));
    assertThat(run("build", "x").code).isZero();
    assertThat(runs()).hasSize(2).doesNotContainAnyElementsOf(ofFirst);
  }

  @Test
  void norDoesOneByMavenAlone() throws Exception {
    assertThat(end(start(List.of("BUILD_NAME=1"), "build", "x")).code).isZero();
    Process first = start(List.of(), "start", "lives");
    awaitFirstLine(first);
    packageWithMaven("2");
    Process second = start(List.of("ILION_BUILT=1"), "start", "lives");
    awaitFirstLine(second);
    packageWithMaven("3");
    assertThat(jarOf(first)).isEqualTo("jar 1");
    assertThat(jarOf(second)).isEqualTo("jar 2");
    Process third = start(List.of(), "admin", "lives");
    awaitFirstLine(third);
    assertThat(jarOf(third)).isEqualTo("jar 3");
  }

  @Test
  void aBuildThatWasKilledHoldsNobodyUp() throws Exception {
    Files.createDirectories(lock.getParent());
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    Files.createSymbolicLink(lock, Path.of(Long.toString(ended.pid())));
    assertThat(run("start", "x").out).isEqualTo("java start x\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "memory: 4G",
        "memory: '4096MiB' # of all",
        "  memory: 4 GiB",
        "\"memory\" : 4GB",
        "lanes: 2\nmemory: 4G",
        "lanes: 2 # memory: 2G\nmemory: 4G",
      })
  void theHeapIsThatOfTheFile(String text) throws Exception {
    Path file = home.resolve("settings.yaml");
    Files.writeString(file, text + "\n");
    assertThat(arguments("start", "--config", file.toString())).contains("-Xmx3072m");
    assertThat(arguments("start", "--memory=2G", "--config=" + file)).contains("-Xmx1536m");
    end(start(List.of("ILION_CONFIG=" + file, "ILION_MEMORY=1G"), "start", "x"));
    assertThat(Files.readAllLines(home.resolve("count.java"))).contains("-Xmx768m");
  }

  /** What the virtual machine of a run was given. */
  private List<String> arguments(String... words) throws Exception {
    run(words);
    return Files.readAllLines(home.resolve("count.java"));
  }

  @Test
  void aBuildThatFailsSaysWhyAndLeavesTheLastOne() throws Exception {
    buildAndChange();
    Run failed = end(start(List.of("BUILD_FAILS=1"), "start", "x"));
    assertThat(failed.code).isOne();
    assertThat(failed.err).contains("[ERROR] A.java is wrong", "the build failed");
    assertThat(failed.out).isEmpty();
    assertThat(lock).doesNotExist();
    assertThat(run("admin", "status").out).isEqualTo("java admin status\n");
  }
}
