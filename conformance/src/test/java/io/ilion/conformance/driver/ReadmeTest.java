package io.ilion.conformance.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.conformance.server.ServerUnderTest;
import io.ilion.driver.Session;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the driver's page shows compiles as it stands, with the imports that it names, and runs. */
class ReadmeTest {
  private static final Pattern JAVA = Pattern.compile("(?s)```java\n(.*?)```");

  @Test
  void theExamplesRun(@TempDir Path folder) throws Exception {
    String page = Files.readString(Path.of("..", "driver", "README.md"));
    List<String> examples = JAVA.matcher(page).results().map(found -> found.group(1)).toList();
    assertThat(examples).hasSize(3);
    try (Session session = Cluster.connect("shop")) {
      for (int i = 0; i < examples.size(); i++) {
        run(folder, "Example" + i, examples.get(i), session);
      }
      assertThat(session.execute("SELECT * FROM book").all()).hasSize(3);
    }
  }

  /** With a session at hand, as an example may go on where another ended. */
  private static void run(Path folder, String name, String example, Session session)
      throws Exception {
    InetSocketAddress node = ServerUnderTest.address();
    String contactPoint =
        "Session.builder().contactPoint(\"" + node.getHostString() + "\", " + node.getPort() + ")";
    String given = example.contains("(Session session =") ? "" : "Session session";
    String source =
        """
        import io.ilion.driver.*;
        import io.ilion.metrics.*;
        import io.ilion.model.Consistency;
        import java.time.Duration;
        import java.util.*;
        import java.util.concurrent.CompletionStage;

        public class %s {
          public static void run(%s) {
            %s
          }
        }
        """
            .formatted(
                name,
                given,
                example
                    .replace("Session.builder().contactPoint(\"10.0.0.1\")", contactPoint)
                    .replace("Session.builder().metrics", contactPoint + ".metrics"));
    Path file = folder.resolve(name + ".java");
    Files.writeString(file, source);
    StringWriter said = new StringWriter();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      String classPath = System.getProperty("java.class.path");
      List<String> options =
          List.of("-proc:none", "--release", "17", "-cp", classPath, "-d", folder.toString());
      boolean compiled =
          compiler.getTask(said, null, null, options, null, files.getJavaFileObjects(file)).call();
      assertThat(compiled).as("%s%n%s", said, source).isTrue();
    }
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      Class<?> type = loader.loadClass(name);
      if (given.isEmpty()) {
        type.getMethod("run").invoke(null);
      } else {
        type.getMethod("run", Session.class).invoke(null, session);
      }
    }
  }
}
