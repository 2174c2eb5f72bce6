package io.ilion.conformance.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat;
import static com.tngtech.archunit.lang.conditions.ArchConditions.not;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.elements.GivenClassesConjunction;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.Timer;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Predicate;

/** The rules of the house, for the packages below a root, so that they can be tried on fixtures. */
final class Rules {

  /** What each package may import of the others. The order is the table of ARCHITECTURE.md. */
  private static final Map<String, List<String>> LAYERS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("model", List.of()),
              Map.entry("runtime", List.of()),
              Map.entry("protocol", List.of("model")),
              Map.entry("driver", List.of("model", "protocol")),
              Map.entry("metrics", List.of("model", "driver")),
              Map.entry("storage", List.of("model", "runtime")),
              Map.entry("gossip", List.of("model", "runtime")),
              Map.entry("cql", List.of("model")),
              Map.entry("coordinator", List.of("model", "runtime", "storage", "gossip", "cql")),
              Map.entry(
                  "server",
                  List.of(
                      "model", "runtime", "protocol", "storage", "gossip", "cql", "coordinator")),
              Map.entry("bench", List.of("model", "runtime", "protocol", "driver", "storage")),
              Map.entry(
                  "simulator",
                  List.of(
                      "model",
                      "runtime",
                      "protocol",
                      "storage",
                      "gossip",
                      "coordinator",
                      "server")),
              Map.entry(
                  "tools",
                  List.of(
                      "model",
                      "runtime",
                      "protocol",
                      "driver",
                      "storage",
                      "server",
                      "simulator",
                      "bench"))));

  /**
   * Where the seams meet the world: the operating system, the network, the command line, and what
   * runs in the processes of others.
   */
  private static final List<String> SEAMS =
      List.of("runtime.system", "server.netty", "tools", "driver", "bench");

  /** What the driver brings into somebody else's process. */
  private static final String[] DRIVER_LIBRARIES = {
    "java..", "javax.net.ssl..", "io.netty..", "org.slf4j.."
  };

  private static final Map<String, Set<String>> BANNED_CALLS =
      Map.of(
          "java.lang.System", Set.of("nanoTime", "currentTimeMillis", "getenv", "setProperty"),
          "java.lang.Math", Set.of("random"),
          "java.util.UUID", Set.of("randomUUID"),
          "java.lang.Thread",
              Set.of(
                  "<init>",
                  "start",
                  "sleep",
                  "ofVirtual",
                  "ofPlatform",
                  "startVirtualThread",
                  "join"));

  private static final Set<String> FILE_EXCEPTIONS =
      Set.of(
          "java.nio.file.NoSuchFileException",
          "java.nio.file.FileAlreadyExistsException",
          "java.nio.file.DirectoryNotEmptyException",
          "java.nio.file.NotDirectoryException",
          "java.nio.file.FileSystemException");

  private final String root;

  Rules(String root) {
    this.root = root;
  }

  /** One rule for each layer, then the bans. */
  List<ArchRule> all() {
    List<ArchRule> rules = new ArrayList<>();
    LAYERS.keySet().forEach(layer -> rules.add(layer(layer)));
    rules.addAll(
        List.of(
            noHiddenTime(),
            noHiddenThreads(),
            noHiddenRandomness(),
            noHiddenFiles(),
            noHiddenSockets(),
            noAssignableStatics(),
            noMutableConstants(),
            noChannelsOutsideNetty(),
            noFurtherLibrariesInTheDriver()));
    return rules;
  }

  ArchRule layer(String layer) {
    List<String> allowed = new ArrayList<>(LAYERS.get(layer));
    allowed.add(layer);
    String[] packages = allowed.stream().map(this::tree).toArray(String[]::new);
    return noClasses()
        .that()
        .resideInAPackage(tree(layer))
        .should(
            dependOnClassesThat(
                resideInAnyPackage(root + "..").and(resideOutsideOfPackages(packages))))
        .because("'" + layer + "' may depend on nothing of ours but " + LAYERS.get(layer))
        .allowEmptyShould(true);
  }

  ArchRule noHiddenTime() {
    return logic()
        .should(
            notCall(
                "read a clock of its own",
                call ->
                    banned(call, "java.lang.System")
                        || (call.getTargetOwner().getPackageName().equals("java.time")
                            && (call.getName().equals("now")
                                || call.getName().startsWith("system")))))
        .because("time comes from io.ilion.runtime.Clock, so that tests and simulation own it");
  }

  ArchRule noHiddenThreads() {
    return logic()
        .should(
            notCall(
                "start threads or use pools of its own",
                call ->
                    banned(call, "java.lang.Thread")
                        || owner(call, Executors.class)
                        || owner(call, ForkJoinPool.class)
                        || constructs(call, ThreadPoolExecutor.class)
                        || constructs(call, ScheduledThreadPoolExecutor.class)
                        || constructs(call, Timer.class)
                        || usesDefaultPool(call)))
        .because("work runs on a Lane or the pool of io.ilion.runtime.Scheduler");
  }

  ArchRule noHiddenRandomness() {
    return logic()
        .should(
            notCall(
                "draw randomness of its own",
                call ->
                    banned(call, "java.lang.Math")
                        || banned(call, "java.util.UUID")
                        || owner(call, ThreadLocalRandom.class)
                        || call.getTargetOwner().getName().equals("java.security.SecureRandom")
                        || (constructs(call, Random.class)
                            && call.getTarget().getRawParameterTypes().isEmpty())))
        .because("randomness comes from NodeRuntime.random, so that a seed replays a run");
  }

  ArchRule noHiddenFiles() {
    DescribedPredicate<JavaClass> fileAccess =
        describe(
            "classes that touch files",
            type ->
                (type.getPackageName().startsWith("java.nio.file")
                        && !FILE_EXCEPTIONS.contains(type.getName()))
                    || type.getName().equals("java.nio.channels.FileChannel")
                    || type.getName().equals("java.nio.channels.AsynchronousFileChannel")
                    || type.getName().equals("java.io.RandomAccessFile")
                    || type.getName().matches("java\\.io\\.File(|Input.*|Output.*|Reader|Writer)"));
    return logic()
        .should(not(dependOnClassesThat(fileAccess)))
        .because("disks are behind io.ilion.runtime.Files, whose comments state what survives");
  }

  ArchRule noHiddenSockets() {
    DescribedPredicate<JavaClass> sockets =
        describe(
            "sockets",
            type ->
                type.getName().matches("java\\.net\\.(Server|Datagram|Multicast)?Socket")
                    || type.getName().matches("java\\.nio\\.channels\\..*Socket.*")
                    || type.getPackageName().startsWith("java.net.http"));
    return logic()
        .should(not(dependOnClassesThat(sockets)))
        .because("the network is behind io.ilion.server.netty");
  }

  ArchRule noAssignableStatics() {
    return fields()
        .that()
        .areDeclaredInClassesThat(ours())
        .and()
        .areStatic()
        .should(
            fieldCondition(
                "be final",
                field -> generated(field) || field.getModifiers().contains(JavaModifier.FINAL)))
        .because("two nodes fit in one process only if nothing is shared behind their backs");
  }

  ArchRule noMutableConstants() {
    return fields()
        .that()
        .areDeclaredInClassesThat(ours())
        .and()
        .areStatic()
        .should(fieldCondition("hold what cannot change", field -> !mutable(field)))
        .because("a static map or counter is state that all nodes of a process share");
  }

  ArchRule noChannelsOutsideNetty() {
    return noClasses()
        .that(ours())
        .and()
        .resideOutsideOfPackages(tree("server.netty"), tree("driver.internal"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.netty.channel..", "io.netty.bootstrap..")
        .because("only io.ilion.server.netty and the inside of the driver see a channel")
        .allowEmptyShould(true);
  }

  ArchRule noFurtherLibrariesInTheDriver() {
    return noClasses()
        .that()
        .resideInAPackage(tree("driver"))
        .should(
            dependOnClassesThat(
                resideOutsideOfPackages(DRIVER_LIBRARIES)
                    .and(resideOutsideOfPackages(root + ".."))))
        .because("every library that a driver needs is one that its users may have otherwise")
        .allowEmptyShould(true);
  }

  private GivenClassesConjunction logic() {
    String[] exempt = SEAMS.stream().map(this::tree).toArray(String[]::new);
    return classes().that(ours()).and().resideOutsideOfPackages(exempt);
  }

  private DescribedPredicate<JavaClass> ours() {
    return resideInAnyPackage(root + "..");
  }

  private String tree(String layer) {
    return root + "." + layer + "..";
  }

  private static boolean mutable(JavaField field) {
    JavaClass type = field.getRawType();
    String name = type.getName();
    boolean collection = type.isAssignableTo(Collection.class) || type.isAssignableTo(Map.class);
    return (collection && !type.isInterface())
        || name.startsWith("java.util.concurrent.atomic.")
        || name.matches("java\\.util\\.concurrent\\.Concurrent.*")
        || name.equals("java.lang.ThreadLocal")
        || name.equals("java.lang.StringBuilder");
  }

  /** ANTLR writes names of its own into static fields that it never assigns again. */
  private static boolean generated(JavaField field) {
    return field.getOwner().isAssignableTo("org.antlr.v4.runtime.Recognizer");
  }

  private static boolean banned(JavaCodeUnitAccess<?> call, String owner) {
    return call.getTargetOwner().getName().equals(owner)
        && BANNED_CALLS.get(owner).contains(call.getName());
  }

  private static boolean owner(JavaCodeUnitAccess<?> call, Class<?> type) {
    return call.getTargetOwner().isEquivalentTo(type);
  }

  private static boolean constructs(JavaCodeUnitAccess<?> call, Class<?> type) {
    return owner(call, type) && call.getName().equals("<init>");
  }

  /** The variants of CompletableFuture's methods that name no executor. */
  private static boolean usesDefaultPool(JavaCodeUnitAccess<?> call) {
    return owner(call, CompletableFuture.class)
        && call.getName().endsWith("Async")
        && call.getTarget().getRawParameterTypes().stream()
            .noneMatch(type -> type.getName().equals("java.util.concurrent.Executor"));
  }

  private static ArchCondition<JavaClass> notCall(
      String what, Predicate<JavaCodeUnitAccess<?>> banned) {
    return new ArchCondition<>("not " + what) {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        for (JavaAccess<?> access : type.getAccessesFromSelf()) {
          if (access instanceof JavaCodeUnitAccess<?> call && banned.test(call)) {
            events.add(SimpleConditionEvent.violated(call, call.getDescription()));
          }
        }
      }
    };
  }

  private static ArchCondition<JavaField> fieldCondition(String what, Predicate<JavaField> good) {
    return new ArchCondition<>(what) {
      @Override
      public void check(JavaField field, ConditionEvents events) {
        if (!good.test(field)) {
          String place = field.getSourceCodeLocation().toString();
          events.add(SimpleConditionEvent.violated(field, field.getFullName() + " in " + place));
        }
      }
    };
  }
}
