package io.ilion.tools.load.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonFormatTest {
  private static List<String> records(JsonFormat format, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    List<String> records = new ArrayList<>();
    for (int at = 0; at < bytes.length; ) {
      int end = format.recordEnd(bytes, at, bytes.length, true);
      assertThat(end).isGreaterThan(at);
      records.add(new String(bytes, at, end - at, StandardCharsets.UTF_8).strip());
      at = end;
    }
    return records;
  }

  @Test
  void aLineIsARecord() {
    assertThat(records(JsonFormat.LINES, "{\"a\":1}\n{\"b\":\n{\"c\":2}"))
        .containsExactly("{\"a\":1}", "{\"b\":", "{\"c\":2}");
  }

  @Test
  void anElementIsARecordWhateverStandsInItsTexts() {
    assertThat(
            records(
                JsonFormat.ARRAY,
                "[ {\"a\": \"}\\\"{\"},\n {\"b\": [{\"c\": []}\n]}\n, {\"d\":{}}\n]"))
        .containsExactly(
            "[ {\"a\": \"}\\\"{\"}", ",\n {\"b\": [{\"c\": []}\n]}", ", {\"d\":{}}", "]");
  }

  @Test
  void whatIsNotWholeNeedsMore() {
    byte[] bytes = "[{\"a\": [1".getBytes(StandardCharsets.UTF_8);
    assertThat(JsonFormat.ARRAY.recordEnd(bytes, 0, bytes.length, false))
        .isEqualTo(RecordFormat.INCOMPLETE);
  }
}
