package io.ilion.driver;

import io.ilion.driver.codec.Codec;
import io.ilion.driver.codec.CodecException;
import io.ilion.driver.codec.CodecRegistry;
import io.ilion.driver.codec.RecordShape;
import io.ilion.driver.internal.Types;
import io.ilion.model.type.CqlType;
import io.ilion.protocol.ColumnSpec;
import io.ilion.protocol.RowsMetadata;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The columns of a result, or the variables of a prepared statement: names and types. */
public final class Columns {
  static final Columns NONE = new Columns(RowsMetadata.EMPTY);

  private final RowsMetadata metadata;
  private final String[] names;
  private final CqlType[] types;
  private final Map<String, Integer> indexes;
  private final Map<Class<?>, RecordReader> readers = new ConcurrentHashMap<>();

  Columns(RowsMetadata metadata) {
    this.metadata = metadata;
    int size = metadata.size();
    names = new String[size];
    types = new CqlType[size];
    indexes = new HashMap<>(Math.max(4, 2 * size));
    for (int i = 0; i < size; i++) {
      ColumnSpec column = metadata.columns().get(i);
      names[i] = column.name();
      types[i] = Types.of(column.type());
      indexes.putIfAbsent(column.name(), i);
    }
  }

  /** How many there are. */
  public int size() {
    return names.length;
  }

  /** The names, in order. */
  public List<String> names() {
    List<String> list = new ArrayList<>(List.of(names));
    return Collections.unmodifiableList(list);
  }

  /** The name of one. */
  public String name(int index) {
    return names[index];
  }

  /** The type of one. */
  public CqlType type(int index) {
    return types[index];
  }

  /** The keyspace of the table of one. */
  public String keyspace(int index) {
    return metadata.columns().get(index).keyspace();
  }

  /** The table of one. */
  public String table(int index) {
    return metadata.columns().get(index).table();
  }

  /** Whether there is one of this name. */
  public boolean contains(String name) {
    return find(name) >= 0;
  }

  /**
   * The index of the first of a name, as it is, or else in lower case.
   *
   * @throws IllegalArgumentException if there is none
   */
  public int indexOf(String name) {
    int index = find(name);
    if (index < 0) {
      throw new IllegalArgumentException("No column " + name + " among " + names());
    }
    return index;
  }

  private int find(String name) {
    Integer index = indexes.get(name);
    if (index == null) {
      index = indexes.get(name.toLowerCase(java.util.Locale.ROOT));
    }
    return index == null ? -1 : index;
  }

  /** Whether these are the columns of a description. */
  boolean describes(RowsMetadata description) {
    return metadata.equals(description);
  }

  /** How rows of these columns become records of a class. */
  RecordReader reader(CodecRegistry codecs, Class<?> type) {
    return readers.computeIfAbsent(type, key -> new RecordReader(this, codecs, key));
  }

  /** The names with their types in CQL. */
  @Override
  public String toString() {
    return IntStream.range(0, names.length)
        .mapToObj(i -> names[i] + " " + types[i].cqlName())
        .collect(Collectors.joining(", ", "[", "]"));
  }

  /** For each component of a record its column and the codec between them. */
  static final class RecordReader {
    private final RecordShape shape;
    private final int[] columns;
    private final Codec<?>[] codecs;

    RecordReader(Columns source, CodecRegistry registry, Class<?> type) {
      shape = RecordShape.of(type);
      columns = new int[shape.size()];
      codecs = new Codec<?>[shape.size()];
      java.util.Arrays.fill(columns, -1);
      for (int i = 0; i < source.size(); i++) {
        int component = shape.indexOf(source.name(i));
        if (component >= 0 && columns[component] < 0) {
          columns[component] = i;
          codecs[component] = registry.find(source.type(i), shape.type(component));
        }
      }
      for (int i = 0; i < columns.length; i++) {
        if (columns[i] < 0) {
          throw new CodecException(
              "No column for " + type.getName() + "." + shape.name(i) + " among " + source.names());
        }
      }
    }

    Object read(Row row) {
      Object[] values = new Object[columns.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = row.decode(columns[i], codecs[i]);
      }
      return shape.create(values);
    }
  }
}
