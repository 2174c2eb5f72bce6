package io.ilion.bench.load.report;

import io.ilion.bench.load.BenchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Results as JSON. Numbers that are not known are the text "NaN". */
public final class ResultFile {
  private static final long LARGEST_FILE = 512L << 20;

  private ResultFile() {}

  static JsonMapper mapper(boolean indented) {
    return JsonMapper.builder()
        .configure(SerializationFeature.INDENT_OUTPUT, indented)
        .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
        .build();
  }

  /** The text of a result, or of something that has results or figures. */
  public static String text(Object result) {
    return mapper(true).writeValueAsString(result);
  }

  /** Writes a result to a file. */
  public static void write(RunResult result, Path file) {
    try {
      Files.writeString(file, text(result) + "\n");
    } catch (IOException e) {
      throw notWritten(file, e);
    }
  }

  static BenchException notWritten(Path file, IOException e) {
    String why = e instanceof NoSuchFileException ? "there is no such directory" : e.getMessage();
    return new BenchException(file + ": cannot be written: " + why, e);
  }

  /**
   * Reads a result.
   *
   * @param file its file, or that without {@code .json}
   * @throws BenchException if the file has none, or one of a later version
   */
  public static RunResult read(Path file) {
    Path named = file.resolveSibling(file.getFileName() + ".json");
    return readFile(!Files.exists(file) && Files.exists(named) ? named : file);
  }

  private static RunResult readFile(Path file) {
    try {
      if (Files.size(file) > LARGEST_FILE) {
        throw new BenchException(file + ": this is too large to be a result");
      }
      RunResult result = mapper(false).readValue(Files.readString(file), RunResult.class);
      if (result.version() < 1 || result.version() > RunResult.VERSION || result.total() == null) {
        throw new BenchException(
            "%s: this is no result of version %d or earlier".formatted(file, RunResult.VERSION));
      }
      return result;
    } catch (NoSuchFileException e) {
      throw new BenchException(file + ": there is no such file", e);
    } catch (IOException e) {
      throw new BenchException(file + ": cannot be read: " + e.getClass().getSimpleName(), e);
    } catch (JacksonException e) {
      throw new BenchException(file + ": this is no result: " + e.getOriginalMessage(), e);
    }
  }
}
