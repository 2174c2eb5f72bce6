package io.ilion.server.http;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a call gets.
 *
 * @param headers beyond those about the body
 */
public record HttpAnswer(int status, String contentType, byte[] body, Map<String, String> headers) {
  /** What JSON is called. */
  public static final String JSON = "application/json";

  /** The text format of Prometheus. */
  static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  /** An answer in JSON. */
  static HttpAnswer json(JsonMapper mapper, int status, Object value) {
    return new HttpAnswer(status, JSON, mapper.writeValueAsBytes(value), Map.of());
  }

  /** An answer as text of some kind. */
  static HttpAnswer text(int status, String contentType, String text) {
    return new HttpAnswer(status, contentType, text.getBytes(StandardCharsets.UTF_8), Map.of());
  }

  /** That a call was wrong, said in JSON; needs nothing that could fail. */
  public static HttpAnswer error(int status, String message) {
    StringBuilder escaped = new StringBuilder();
    message
        .chars()
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                escaped.append('\\').append((char) c);
              } else if (c < ' ') {
                escaped.append(' ');
              } else {
                escaped.append((char) c);
              }
            });
    return text(status, JSON, "{\"error\":\"" + escaped + "\"}");
  }

  /** As this, with a further header. */
  HttpAnswer with(String header, String value) {
    return new HttpAnswer(status, contentType, body, Map.of(header, value));
  }
}
