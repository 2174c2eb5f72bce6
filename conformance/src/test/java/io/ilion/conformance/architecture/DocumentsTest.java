package io.ilion.conformance.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.schema.TableProperties;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is written beside the code: what it points to is there. */
class DocumentsTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");

  /** A class, or a member of one, as {@code Engine} or {@code LaneStore.forecast}. */
  private static final Pattern CLASS =
      Pattern.compile("`([A-Z][A-Za-z]*[a-z][A-Za-z]*)(?:[.][a-zA-Z]+)?`");

  /** Words of ARCHITECTURE.md that look like classes and are none of ours. */
  private static final Set<String> OTHERS = Set.of("Origin");

  @Test
  void linksLeadSomewhere() {
    List<String> broken = new ArrayList<>();
    for (Path document : files(".md")) {
      LINK.matcher(text(document))
          .results()
          .map(found -> found.group(1))
          .filter(link -> !link.contains("://"))
          .filter(link -> !leadsSomewhere(document, link))
          .forEach(link -> broken.add(ROOT.relativize(document) + ": " + link));
    }
    assertThat(broken).isEmpty();
  }

  private static boolean leadsSomewhere(Path document, String link) {
    int hash = link.indexOf('#');
    String path = hash < 0 ? link : link.substring(0, hash);
    Path target = path.isEmpty() ? document : document.resolveSibling(path);
    return Files.exists(target) && (hash < 0 || anchors(target).contains(link.substring(hash + 1)));
  }

  /** The names by which the headings of a document can be pointed to. */
  private static Set<String> anchors(Path document) {
    return HEADING
        .matcher(text(document))
        .results()
        .map(found -> found.group(1).toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\w\\- ]", "").strip().replace(' ', '-'))
        .collect(Collectors.toSet());
  }

  @Test
  void architectureNamesClassesThatThereAre() {
    Set<String> known =
        files(".java").stream()
            .map(file -> file.getFileName().toString().replace(".java", ""))
            .collect(Collectors.toSet());
    assertThat(
            CLASS
                .matcher(text(ROOT.resolve("ARCHITECTURE.md")))
                .results()
                .map(found -> found.group(1))
                .filter(name -> !known.contains(name) && !OTHERS.contains(name)))
        .isEmpty();
  }

  @Test
  void everyOptionOfATableIsExplained() {
    String explained = text(ROOT.resolve("docs/tables.md"));
    assertThat(
            Stream.of(TableProperties.class.getRecordComponents())
                .map(option -> option.getName().replace("Millis", "InMs"))
                .map(name -> name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT))
                .filter(name -> !explained.contains("`" + name + "`")))
        .isEmpty();
  }

  private static List<Path> files(String end) {
    try (Stream<Path> all = Files.walk(ROOT)) {
      return all.filter(file -> file.getFileName().toString().endsWith(end))
          .filter(
              file ->
                  !ROOT.relativize(file)
                      .toString()
                      .matches("(.*/)?(target|node_modules|\\.git)/.*"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
