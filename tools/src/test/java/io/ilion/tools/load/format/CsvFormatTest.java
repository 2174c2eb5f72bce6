package io.ilion.tools.load.format;

import static org.assertj.core.api.Assertions.assertThat;

import de.siegmar.fastcsv.reader.CsvReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CsvFormatTest {
  private static final CsvFormat CQLSH = new CsvFormat((byte) ',', (byte) '"', (byte) '\\', false);

  private static List<List<String>> read(CsvFormat format, String text, int chunkSize)
      throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    ChunkReader reader =
        new ChunkReader(new ByteArrayInputStream(bytes), format, 0, chunkSize, 1 << 16, 0, 1);
    List<List<String>> records = new ArrayList<>();
    Fields fields = new Fields();
    for (Chunk chunk = reader.next(); chunk != null; chunk = reader.next()) {
      assertThat(chunk.broken()).isNull();
      for (int at = chunk.from(); at < chunk.to(); ) {
        int end = format.recordEnd(chunk.bytes(), at, chunk.to(), true);
        format.parse(chunk.bytes(), at, end, fields);
        List<String> record = new ArrayList<>();
        for (int i = 0; i < fields.count(); i++) {
          record.add(fields.text(i) + (fields.error() == null ? "" : " ! " + fields.error()));
        }
        records.add(record);
        at = end;
      }
    }
    return records;
  }

  @Test
  void fieldsAreWhatTheyAre() throws IOException {
    assertThat(read(CsvFormat.STANDARD, "a,b,c\n1,,\r\n\"x, \"\"y\"\"\nz\",q\"r,\"\"", 1 << 10))
        .containsExactly(
            List.of("a", "b", "c"), List.of("1", "", ""), List.of("x, \"y\"\nz", "q\"r", ""));
  }

  @Test
  void backslashesAreThoseOfCqlsh() throws IOException {
    assertThat(read(CQLSH, "\"a\\\"b\",c\\,d,\"e\\\\\"\n1,2,3\n", 1 << 10))
        .containsExactly(List.of("a\"b", "c,d", "e\\"), List.of("1", "2", "3"));
  }

  @Test
  void blanksAroundFieldsCanBeLeftOut() throws IOException {
    CsvFormat trimmed = CsvFormat.of(";", "'", "'", true);
    assertThat(read(trimmed, " a ; 'b ;' ;\tc\n", 1 << 10))
        .containsExactly(List.of("a", "b ;", "c"));
  }

  @Test
  void whatStandsBehindAQuoteIsAnError() throws IOException {
    assertThat(read(CsvFormat.STANDARD, "\"a\"b,c\nd\n", 1 << 10))
        .containsExactly(
            List.of(
                "a ! text stands behind the closing quote of field 1",
                "c ! text stands behind the closing quote of field 1"),
            List.of("d"));
  }

  /** There may be thousands, each of which is a chunk. */
  @Test
  void aSmallFileTakesLittleMemory() throws IOException {
    byte[] bytes = "id\n1\n2\n".getBytes(StandardCharsets.UTF_8);
    ChunkReader reader =
        new ChunkReader(
            new ByteArrayInputStream(bytes), CsvFormat.STANDARD, 0, 1 << 20, 1 << 24, 0, 1);
    assertThat(reader.header().bytes()).hasSize(3);
    Chunk rest = reader.next();
    assertThat(rest.length()).isEqualTo(4);
    assertThat(rest.line()).isEqualTo(2);
    assertThat(rest.bytes()).hasSizeLessThan(1 << 14);
    assertThat(reader.next()).isNull();
  }

  @Test
  void aQuoteThatIsNotClosedSpoilsOneLine() throws IOException {
    byte[] bytes = "1,\"a\n2,b\n3,c\n".getBytes(StandardCharsets.UTF_8);
    ChunkReader reader =
        new ChunkReader(new ByteArrayInputStream(bytes), CsvFormat.STANDARD, 0, 64, 1 << 16, 0, 1);
    Chunk first = reader.next();
    assertThat(first.broken()).contains("is a quote not closed?");
    assertThat(first.length()).isEqualTo(5);
    Chunk second = reader.next();
    assertThat(second.broken()).isNull();
    assertThat(second.line()).isEqualTo(2);
    assertThat(second.length()).isEqualTo(8);
    assertThat(reader.next()).isNull();
  }

  /** FastCSV is the referee. */
  @Test
  void whateverIsWrittenIsReadAsByOthers() throws IOException {
    for (long seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      StringBuilder text = new StringBuilder();
      int records = 1 + random.nextInt(60);
      for (int i = 0; i < records; i++) {
        int fields = 1 + random.nextInt(5);
        for (int f = 0; f < fields; f++) {
          text.append(f == 0 ? "" : ",").append(field(random, f == 0));
        }
        text.append(random.nextBoolean() ? "\n" : "\r\n");
      }
      List<List<String>> expected = new ArrayList<>();
      try (var reader =
          CsvReader.builder()
              .skipEmptyLines(false)
              .allowExtraFields(true)
              .allowMissingFields(true)
              .ofCsvRecord(text.toString())) {
        reader.forEach(record -> expected.add(record.getFields()));
      }
      int chunk = 16 + random.nextInt(200);
      assertThat(read(CsvFormat.STANDARD, text.toString(), chunk))
          .describedAs("seed %d, chunks of %d", seed, chunk)
          .isEqualTo(expected);
    }
  }

  private static String field(Random random, boolean first) {
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(12);
    boolean quoted = random.nextInt(3) == 0;
    for (int i = 0; i < length; i++) {
      String letters = quoted ? "ab,\"\n\r é中\uD83D\uDE00" : "ab é中'\\";
      int at = random.nextInt(letters.length());
      char c = letters.charAt(at);
      if (Character.isSurrogate(c)) {
        text.append("\uD83D\uDE00");
      } else {
        text.append(c == '"' ? "\"\"" : String.valueOf(c));
      }
    }
    return quoted ? "\"" + text + "\"" : first ? "x" + text : text.toString();
  }

  @Test
  void aSecondRunMeetsTheChunksOfTheFirst() throws IOException {
    Random random = new Random(7);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 400; i++) {
      int length = random.nextInt(40) == 0 ? 500 : random.nextInt(30);
      text.append(i).append(",\"").append("x\n".repeat(length)).append("\"\n");
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    List<Chunk> chunks = new ArrayList<>();
    ChunkReader reader = reader(bytes, 0, 1);
    for (Chunk chunk = reader.next(); chunk != null; chunk = reader.next()) {
      chunks.add(chunk);
    }
    assertThat(chunks).hasSizeGreaterThan(20);
    for (int i = 1; i < chunks.size(); i++) {
      Chunk again = reader(bytes, chunks.get(i).start(), chunks.get(i).line()).next();
      assertThat(again.end()).isEqualTo(chunks.get(i).end());
      assertThat(again.line()).isEqualTo(chunks.get(i - 1).line() + chunks.get(i - 1).lines());
    }
  }

  private static ChunkReader reader(byte[] bytes, long start, long line) throws IOException {
    ByteArrayInputStream in = new ByteArrayInputStream(bytes);
    in.skipNBytes(start);
    return new ChunkReader(in, CsvFormat.STANDARD, 0, 256, 1 << 16, start, line);
  }
}
