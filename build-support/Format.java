import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.StringWrapper;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * Checks ({@code check ROOT}) or rewrites ({@code write ROOT}) the format of every Java source file
 * below a directory. The digests of files that are known to be well formatted are kept in {@code
 * target/format/known}, so a second run looks only at what has changed. The build runs this with
 * google-java-format on the class path.
 */
final class Format {
  private static final Set<String> SKIPPED = Set.of("target", "node_modules");

  private final boolean write;
  private final Path root;
  private final Set<String> known = new ConcurrentSkipListSet<>();
  private final Set<String> current = new ConcurrentSkipListSet<>();
  private final Set<String> complaints = new ConcurrentSkipListSet<>();

  private Format(boolean write, Path root) {
    this.write = write;
    this.root = root;
  }

  /** Exits with 1 if a file is not as it should be. */
  public static void main(String[] args) throws IOException {
    if (args.length != 2 || !Set.of("check", "write").contains(args[0])) {
      throw new IllegalArgumentException("usage: Format check|write ROOT");
    }
    Format format = new Format(args[0].equals("write"), Path.of(args[1]));
    if (!format.run()) {
      System.exit(1);
    }
  }

  private boolean run() throws IOException {
    Path memory = root.resolve("target/format/known");
    if (Files.exists(memory)) {
      known.addAll(Files.readAllLines(memory));
    }
    sources().parallelStream().forEach(this::process);
    Files.createDirectories(memory.getParent());
    Files.write(memory, new TreeSet<>(current));
    complaints.forEach(System.err::println);
    if (!complaints.isEmpty() && !write) {
      System.err.println("To format them: mvn -q -N -Pformat");
    }
    return complaints.isEmpty();
  }

  private List<Path> sources() throws IOException {
    List<Path> found = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            String name = directory.getFileName().toString();
            boolean skipped =
                !directory.equals(root) && (SKIPPED.contains(name) || name.startsWith("."));
            return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".java")) {
              found.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return found;
  }

  private void process(Path file) {
    Path shown = root.relativize(file);
    try {
      String source = Files.readString(file);
      String digest = digest(source);
      if (known.contains(digest)) {
        current.add(digest);
        return;
      }
      Formatter formatter = new Formatter(JavaFormatterOptions.defaultOptions());
      String formatted = StringWrapper.wrap(formatter.formatSourceAndFixImports(source), formatter);
      if (formatted.equals(source)) {
        current.add(digest);
      } else if (write) {
        Files.writeString(file, formatted);
        current.add(digest(formatted));
        System.out.println("formatted " + shown);
      } else {
        complaints.add("not formatted: " + shown);
      }
    } catch (FormatterException | IOException e) {
      complaints.add(shown + ": " + e.getMessage());
    }
  }

  private static String digest(String source) {
    try {
      byte[] bytes = source.getBytes(java.nio.charset.StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
