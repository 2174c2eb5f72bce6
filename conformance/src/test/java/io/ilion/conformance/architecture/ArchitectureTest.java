package io.ilion.conformance.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Holds the whole tree to the rules, and shows that each rule can fail. */
class ArchitectureTest {
  private static final String FIXTURES = "io.ilion.conformance.architecture.fixture";

  @TestFactory
  Stream<DynamicTest> theHouseKeepsItsRules() {
    JavaClasses house =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            // The main sources of this module are for tests alone: they start and drive processes.
            .withImportOption(location -> !location.contains("/io/ilion/conformance/"))
            .withImportOption(location -> !location.contains("/jmh_generated/"))
            .importPackages("io.ilion");
    assertThat(house.contain("io.ilion.runtime.Clock")).isTrue();
    return new Rules("io.ilion")
        .all().stream().map(rule -> DynamicTest.dynamicTest(name(rule), () -> rule.check(house)));
  }

  @Test
  void aModelThatKnowsTheStorageIsFound() {
    assertBroken(rules().layer("model"), "model.KnowsStorage");
  }

  @Test
  void hiddenTimeIsFound() {
    assertBroken(rules().noHiddenTime(), "System.nanoTime()");
    assertBroken(rules().noHiddenTime(), "Instant.now()");
  }

  @Test
  void hiddenThreadsAreFound() {
    assertBroken(rules().noHiddenThreads(), "Thread.<init>");
    assertBroken(rules().noHiddenThreads(), "CompletableFuture.runAsync(java.lang.Runnable)");
  }

  @Test
  void hiddenRandomnessIsFound() {
    assertBroken(rules().noHiddenRandomness(), "ThreadLocalRandom.current()");
  }

  @Test
  void hiddenFilesAndSocketsAreFound() {
    assertBroken(rules().noHiddenFiles(), "java.nio.file.Path");
    assertBroken(rules().noHiddenSockets(), "java.net.Socket");
  }

  @Test
  void aChannelOutsideNettysPackageIsFound() {
    assertBroken(rules().noChannelsOutsideNetty(), "io.netty.channel.Channel");
  }

  @Test
  void sharedStateIsFound() {
    assertBroken(rules().noAssignableStatics(), "Offender.lastUsed");
    assertBroken(rules().noMutableConstants(), "Offender.SEEN");
  }

  @Test
  void theSeamsMayDoWhatTheyHide() {
    JavaClasses seam = new ClassFileImporter().importPackages(FIXTURES + ".runtime.system");
    for (ArchRule rule :
        List.of(rules().noHiddenTime(), rules().noHiddenFiles(), rules().noHiddenThreads())) {
      assertThatCode(() -> rule.allowEmptyShould(true).check(seam)).doesNotThrowAnyException();
    }
  }

  private static Rules rules() {
    return new Rules(FIXTURES);
  }

  private static String name(ArchRule rule) {
    String text = rule.getDescription();
    return text.substring(text.lastIndexOf("because ") + "because ".length());
  }

  private static void assertBroken(ArchRule rule, String what) {
    JavaClasses fixtures = new ClassFileImporter().importPackages(FIXTURES);
    assertThatThrownBy(() -> rule.check(fixtures))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(what);
  }
}
