package io.ilion.driver;

import io.ilion.protocol.BoundValues;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A statement as text, with values for its markers or without.
 *
 * <p>The driver does not know the types of the markers: an {@code Integer} is sent as an int, a
 * {@code Long} as a bigint, and so on. Where that is not what the column is, prepare the statement.
 *
 * <pre>{@code
 * session.execute(SimpleStatement.of("SELECT * FROM book WHERE id = ?", 7L).pageSize(100));
 * session.execute(SimpleStatement.of("SELECT * FROM book WHERE id = :id").values(Map.of("id", 7L)));
 * }</pre>
 */
public final class SimpleStatement extends Statement<SimpleStatement> {
  private final String text;
  private final List<Object> values;
  private final List<String> names;
  private final StatementText analysis;

  private SimpleStatement(
      String text,
      StatementText analysis,
      List<String> names,
      List<Object> values,
      Settings settings) {
    super(settings);
    this.text = text;
    this.analysis = analysis;
    this.names = names;
    this.values = values;
  }

  /** A statement with values for its markers, by position; null is CQL's null. */
  public static SimpleStatement of(String text, Object... values) {
    return new SimpleStatement(
        Objects.requireNonNull(text),
        StatementText.of(text),
        null,
        values.length == 0
            ? List.of()
            : Collections.unmodifiableList(Arrays.asList(values.clone())),
        Settings.NONE);
  }

  /** The same text with these values for its named markers. */
  public SimpleStatement values(Map<String, ?> valuesByName) {
    Map<String, Object> copy = new LinkedHashMap<>(valuesByName);
    return new SimpleStatement(
        text,
        analysis,
        List.copyOf(copy.keySet()),
        Collections.unmodifiableList(new ArrayList<>(copy.values())),
        settings);
  }

  @Override
  public SimpleStatement with(Settings settings) {
    return new SimpleStatement(text, analysis, names, values, settings);
  }

  @Override
  public String text() {
    return text;
  }

  @Override
  Request message(ProtocolVersion version, Attempt attempt) {
    return new Request.Query(
        text, attempt.execution().parameters(encoded(attempt.execution()), false));
  }

  BoundValues encoded(Execution execution) {
    if (values.isEmpty()) {
      return BoundValues.NONE;
    }
    List<byte[]> encoded = new ArrayList<>(values.size());
    for (Object value : values) {
      encoded.add(execution.encodeUntyped(value));
    }
    return names == null ? BoundValues.of(encoded) : BoundValues.named(names, encoded);
  }

  @Override
  boolean isNaturallyIdempotent() {
    return analysis.isSelect();
  }

  @Override
  boolean isConditional() {
    return analysis.isConditional();
  }

  @Override
  public String toString() {
    return text;
  }
}
