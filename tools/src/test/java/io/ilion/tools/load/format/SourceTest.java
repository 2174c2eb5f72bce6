package io.ilion.tools.load.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.tools.console.ToolException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SourceTest {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void whatIsCompressedIsReadBack(FileCompression compression) throws IOException {
    String text = "a,b\n".repeat(100_000);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = compression.create(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    assertThat(FileCompression.ofName("x.csv" + compression.suffix())).isEqualTo(compression);
    assertThat(
            new String(
                compression.open(new ByteArrayInputStream(bytes.toByteArray())).readAllBytes(),
                StandardCharsets.UTF_8))
        .isEqualTo(text);
  }

  @Test
  void otherEncodingsAreRead() throws IOException {
    String text = "ä€中\uD83D\uDE00,".repeat(5_000);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_16LE);
    assertThat(
            new String(
                Source.STANDARD_INPUT
                    .decode(
                        new ByteArrayInputStream(bytes),
                        FileCompression.NONE,
                        StandardCharsets.UTF_16LE)
                    .readAllBytes(),
                StandardCharsets.UTF_8))
        .isEqualTo(text);
  }

  @Test
  void filesFoldersAndPatternsAreFound() throws IOException {
    Files.createDirectories(folder.resolve("below"));
    for (String name : List.of("b.csv", "a.csv.gz", "below/c.csv", "d.txt", "e.json")) {
      Files.writeString(folder.resolve(name), "x");
    }
    assertThat(names(folder.toString())).containsExactly("a.csv.gz", "b.csv", "c.csv");
    assertThat(names(folder + "/*.csv")).containsExactly("b.csv");
    assertThat(names(folder + "/**.csv*")).containsExactly("a.csv.gz", "b.csv", "c.csv");
    assertThat(names(folder + "/d.txt")).containsExactly("d.txt");
    assertThatThrownBy(() -> names(folder + "/*.xml"))
        .isInstanceOf(ToolException.class)
        .hasMessageContaining("there is no such file");
  }

  private static List<String> names(String argument) throws IOException {
    return Source.of(List.of(argument), List.of(".csv")).stream()
        .map(source -> source.path().getFileName().toString())
        .toList();
  }
}
