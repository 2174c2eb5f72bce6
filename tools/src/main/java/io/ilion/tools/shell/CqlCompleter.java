package io.ilion.tools.shell;

import io.ilion.driver.metadata.Metadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

/** Gives JLine what {@link Suggestions} knows, and the names of files. */
final class CqlCompleter implements Completer {
  private static final int MOST_FILES = 500;

  private final Supplier<Metadata> metadata;
  private final Supplier<String> keyspace;

  CqlCompleter(Shell shell) {
    this(() -> shell.session().metadata(), shell::keyspace);
  }

  CqlCompleter(Supplier<Metadata> metadata, Supplier<String> keyspace) {
    this.metadata = metadata;
    this.keyspace = keyspace;
  }

  @Override
  public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
    String word = line.word().substring(0, line.wordCursor());
    String before = line.line().substring(0, line.cursor() - word.length());
    String after = line.line().substring(line.cursor());
    if (word.startsWith("'")) {
      files(word, candidates);
      for (String text : new Suggestions(metadata.get(), keyspace.get()).strings(before)) {
        candidates.add(candidate(text));
      }
      return;
    }
    boolean lower = !word.isEmpty() && word.equals(word.toLowerCase(Locale.ROOT));
    for (String text : new Suggestions(metadata.get(), keyspace.get()).words(before, after)) {
      boolean keyword = text.equals(text.toUpperCase(Locale.ROOT));
      candidates.add(candidate(keyword && lower ? text.toLowerCase(Locale.ROOT) : text));
    }
  }

  /** What goes on at once, such as a keyspace's dot, gets no blank behind it. */
  private static Candidate candidate(String text) {
    boolean open = text.endsWith(".") || text.endsWith("(") || text.endsWith("<");
    return new Candidate(text, text, null, null, null, null, !open);
  }

  private static void files(String word, List<Candidate> candidates) {
    String typed = word.substring(1);
    int slash = typed.lastIndexOf('/');
    String folder = slash < 0 ? "" : typed.substring(0, slash + 1);
    try (Stream<Path> files = Files.list(ShellCommands.path(folder.isEmpty() ? "." : folder))) {
      files
          .limit(MOST_FILES)
          .sorted()
          .forEach(
              file -> {
                boolean isFolder = Files.isDirectory(file);
                String text = "'" + folder + file.getFileName() + (isFolder ? "/" : "'");
                candidates.add(new Candidate(text, text, null, null, null, null, !isFolder));
              });
    } catch (IOException e) {
      // There is no such folder: then nothing can be suggested.
      return;
    }
  }
}
