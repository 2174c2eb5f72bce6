package io.ilion.tools.load.format;

import io.ilion.tools.console.ToolException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A file of records, or the standard input.
 *
 * @param name how it was named
 * @param path where it is; null for the standard input
 * @param size its bytes as they are stored, or -1
 * @param modified when it was changed last, in milliseconds, or 0
 */
public record Source(String name, Path path, long size, long modified) {
  private static final int MOST_FILES = 1_000_000;

  /** The standard input. */
  public static final Source STANDARD_INPUT = new Source("-", null, -1, 0);

  /**
   * The files that arguments name: files, folders (all files below them whose names end as such
   * records' do), patterns such as {@code data/*.csv.gz}, {@code -} for the standard input. Each
   * once, those of a folder or pattern in the order of their names.
   *
   * @param suffix how the names of files in folders end, before that of their compression: .csv
   * @throws ToolException if there is no such file
   */
  public static List<Source> of(List<String> arguments, List<String> suffixes) throws IOException {
    Map<String, Source> found = new LinkedHashMap<>();
    for (String argument : arguments) {
      List<Source> named = named(argument, suffixes);
      if (named.isEmpty()) {
        throw ToolException.wrongUse(
            Files.isDirectory(Path.of(argument))
                ? argument
                    + ": no file in it has a name that ends with "
                    + String.join(", ", suffixes)
                : argument + ": there is no such file");
      }
      named.forEach(source -> found.putIfAbsent(source.name(), source));
    }
    return List.copyOf(found.values());
  }

  /** Whether an argument is a folder that has files whose names end so. */
  public static boolean isFolderWith(String argument, List<String> suffixes) throws IOException {
    return Files.isDirectory(Path.of(argument)) && !named(argument, suffixes).isEmpty();
  }

  private static List<Source> named(String argument, List<String> suffixes) throws IOException {
    if (argument.equals("-")) {
      return List.of(STANDARD_INPUT);
    }
    Path path = Path.of(argument);
    if (Files.isDirectory(path)) {
      return below(path, file -> isRecords(file.getFileName().toString(), suffixes));
    }
    if (Files.exists(path)) {
      return List.of(of(path));
    }
    int wildcard = indexOfWildcard(argument);
    if (wildcard < 0) {
      return List.of();
    }
    int slash = argument.lastIndexOf('/', wildcard);
    Path base = Path.of(slash < 0 ? "" : argument.substring(0, slash + 1));
    PathMatcher matcher =
        FileSystems.getDefault().getPathMatcher("glob:" + Path.of(argument).normalize().toString());
    return below(base, file -> matcher.matches(file.normalize()));
  }

  private static int indexOfWildcard(String text) {
    for (int i = 0; i < text.length(); i++) {
      if ("*?[{".indexOf(text.charAt(i)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  private static List<Source> below(Path folder, PathMatcher wanted) throws IOException {
    List<Path> files = new ArrayList<>();
    if (Files.exists(folder)) {
      try (Stream<Path> all = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
        all.filter(Files::isRegularFile)
            .filter(wanted::matches)
            .limit(MOST_FILES)
            .forEach(files::add);
      }
    }
    files.sort(null);
    List<Source> sources = new ArrayList<>();
    for (Path file : files) {
      sources.add(of(file));
    }
    return sources;
  }

  private static Source of(Path path) throws IOException {
    boolean regular = Files.isRegularFile(path);
    return new Source(
        path.toString(),
        path,
        regular ? Files.size(path) : -1,
        regular ? Files.getLastModifiedTime(path).toMillis() : 0);
  }

  private static boolean isRecords(String name, List<String> suffixes) {
    String lower = name.toLowerCase(Locale.ROOT);
    FileCompression compression = FileCompression.ofName(lower);
    String bare =
        compression == FileCompression.NONE ? lower : lower.substring(0, lower.lastIndexOf('.'));
    return suffixes.stream().anyMatch(bare::endsWith);
  }

  /** How it is compressed, by its name. */
  public FileCompression compression() {
    return FileCompression.ofName(name);
  }

  /**
   * The records as UTF-8.
   *
   * @param raw the file as it is stored
   * @param compression how it is compressed
   * @param charset how its text is written
   */
  public InputStream decode(InputStream raw, FileCompression compression, Charset charset)
      throws IOException {
    try {
      InputStream in = compression.open(raw);
      return charset.equals(StandardCharsets.UTF_8) || charset.equals(StandardCharsets.US_ASCII)
          ? in
          : new Utf8Stream(new InputStreamReader(in, charset));
    } catch (IOException e) {
      String reason = e instanceof EOFException ? "it ends too early" : e.getMessage();
      throw new IOException("cannot be read as " + compression + ": " + reason, e);
    }
  }

  /** Text of another encoding as UTF-8. */
  private static final class Utf8Stream extends InputStream {
    private final Reader reader;
    private final CharBuffer characters = CharBuffer.allocate(1 << 13);
    private ByteBuffer bytes = ByteBuffer.allocate(0);

    Utf8Stream(Reader reader) {
      this.reader = reader;
    }

    private boolean fill() throws IOException {
      while (!bytes.hasRemaining()) {
        characters.clear();
        // Room for one more, so that a pair of surrogates stays together.
        characters.limit(characters.capacity() - 1);
        if (reader.read(characters) < 0) {
          return false;
        }
        if (Character.isHighSurrogate(characters.get(characters.position() - 1))) {
          int next = reader.read();
          if (next >= 0) {
            characters.limit(characters.capacity());
            characters.put((char) next);
          }
        }
        bytes = StandardCharsets.UTF_8.encode(characters.flip());
      }
      return true;
    }

    @Override
    public int read() throws IOException {
      return fill() ? bytes.get() & 0xFF : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (!fill()) {
        return -1;
      }
      int count = Math.min(length, bytes.remaining());
      bytes.get(into, offset, count);
      return count;
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }
}
