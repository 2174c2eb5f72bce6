package io.ilion.driver;

import io.ilion.driver.codec.CodecException;
import io.ilion.driver.codec.CodecRegistry;
import io.ilion.driver.codec.RecordShape;
import io.ilion.model.type.Values;
import io.ilion.protocol.BoundValues;
import io.ilion.protocol.Digest;
import io.ilion.protocol.Result;
import java.util.Arrays;
import java.util.Map;

/**
 * A statement that the servers know, so that only its values need be sent. Made by {@link
 * Session#prepare}, used by all threads, for as long as the session; a node that has forgotten it
 * is told again without anybody's doing.
 *
 * <pre>{@code
 * PreparedStatement insert = session.prepare("INSERT INTO book (id, title) VALUES (?, ?)");
 * session.execute(insert.bind(UUID.randomUUID(), "Iliad"));
 * session.execute(insert.bindRecord(new Book(id, "Odyssey")));
 * }</pre>
 */
public final class PreparedStatement {
  private static final byte[][] NO_VALUES = new byte[0][];

  private final String text;
  private final String keyspace;
  private final CodecRegistry codecs;
  private final Digest id;
  private final Columns variables;
  private final int[] partitionKey;
  private final StatementText analysis;
  private final Settings settings;

  /** The columns of the result as the servers announced them last. */
  private volatile Shape shape;

  /** The columns of a result with their id (version 5, else null). */
  record Shape(Digest metadataId, Columns columns) {}

  PreparedStatement(String text, String keyspace, CodecRegistry codecs, Result.Prepared prepared) {
    this.text = text;
    this.keyspace = keyspace;
    this.codecs = codecs;
    this.id = prepared.id();
    this.variables = new Columns(prepared.variables());
    this.partitionKey = prepared.partitionKeyIndexes();
    this.analysis = StatementText.of(text);
    this.settings = keyspace == null ? Settings.NONE : Settings.NONE.keyspace(keyspace);
    this.shape = shape(prepared);
  }

  private static Shape shape(Result.Prepared prepared) {
    return new Shape(
        prepared.resultMetadataId(),
        prepared.columns().size() == 0 ? Columns.NONE : new Columns(prepared.columns()));
  }

  /** The text that was prepared. */
  public String text() {
    return text;
  }

  /** The markers, with the types that their values have to have. */
  public Columns variables() {
    return variables;
  }

  /** The columns of the result, none if it has no rows. */
  public Columns columns() {
    return shape.columns();
  }

  /**
   * The statement with values for its markers, by position. Those at the end that are not given are
   * {@linkplain Unset unset}.
   *
   * @throws CodecException if a value does not fit its marker's type
   */
  public BoundStatement bind(Object... values) {
    int count = variables.size();
    if (values.length > count) {
      throw new CodecException(values.length + " values for " + count + " markers");
    }
    byte[][] encoded = count == 0 ? NO_VALUES : new byte[count][];
    for (int i = 0; i < values.length; i++) {
      encoded[i] = encode(i, values[i]);
    }
    Arrays.fill(encoded, values.length, count, Values.UNSET);
    return new BoundStatement(this, BoundValues.of(encoded), settings);
  }

  /**
   * The statement with values for its markers, by name; those that are not given are unset.
   *
   * @throws CodecException if a value does not fit, or there is no marker of its name
   */
  public BoundStatement bindNamed(Map<String, ?> values) {
    byte[][] encoded = unset();
    values.forEach(
        (name, value) -> {
          boolean met = false;
          for (int i = 0; i < encoded.length; i++) {
            if (variables.name(i).equals(name)) {
              encoded[i] = encode(i, value);
              met = true;
            }
          }
          if (!met) {
            throw new CodecException("No marker " + name + " among " + variables.names());
          }
        });
    return new BoundStatement(this, BoundValues.of(encoded), settings);
  }

  /**
   * The statement with the components of a record for the markers that agree with them by name;
   * other markers are unset, other components are left out.
   *
   * @throws CodecException if a value does not fit, or nothing agrees
   */
  public BoundStatement bindRecord(Record values) {
    RecordShape components = RecordShape.of(values.getClass());
    byte[][] encoded = unset();
    boolean met = false;
    for (int i = 0; i < encoded.length; i++) {
      int component = components.indexOf(variables.name(i));
      if (component >= 0) {
        encoded[i] = encode(i, components.get(values, component));
        met = true;
      }
    }
    if (!met) {
      throw new CodecException(
          "No component of " + values.getClass().getName() + " among " + variables.names());
    }
    return new BoundStatement(this, BoundValues.of(encoded), settings);
  }

  /**
   * The statement with values that are in the form of the wire already, for who sends very many:
   * for each marker, in order, the length of its value in four bytes (-1 for null, -2 for unset,
   * which version 3 does not know) and the value. Only the lengths are looked at. The array is not
   * copied: it has to stay as it is until the statement is done.
   *
   * @throws IllegalArgumentException if these are not as many values as there are markers
   */
  public BoundStatement bindEncoded(byte[] array, int offset, int length) {
    return new BoundStatement(
        this, BoundValues.encoded(variables.size(), array, offset, length), settings);
  }

  /**
   * The indexes of the markers that are the partition key, in its order; empty if it is not wholly
   * made of markers.
   */
  public int[] partitionKeyMarkers() {
    return partitionKey.clone();
  }

  private byte[][] unset() {
    byte[][] encoded = new byte[variables.size()][];
    Arrays.fill(encoded, Values.UNSET);
    return encoded;
  }

  private byte[] encode(int index, Object value) {
    if (value == Unset.UNSET) {
      return Values.UNSET;
    }
    try {
      return codecs.encode(variables.type(index), value);
    } catch (CodecException e) {
      throw new CodecException("Marker " + variables.name(index) + ": " + e.getMessage(), e);
    }
  }

  Settings settings() {
    return settings;
  }

  Digest id() {
    return id;
  }

  String keyspace() {
    return keyspace;
  }

  Shape shape() {
    return shape;
  }

  /** The columns of the result have changed. */
  void changed(Digest metadataId, Columns columns) {
    shape = new Shape(metadataId, columns);
  }

  /** It was prepared again. */
  void reprepared(Result.Prepared prepared) {
    shape = shape(prepared);
  }

  int[] partitionKey() {
    return partitionKey;
  }

  StatementText analysis() {
    return analysis;
  }

  @Override
  public String toString() {
    return text;
  }
}
