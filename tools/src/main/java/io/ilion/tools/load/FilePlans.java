package io.ilion.tools.load;

import io.ilion.driver.PreparedStatement;
import io.ilion.driver.Session;
import io.ilion.driver.metadata.ColumnMetadata;
import io.ilion.driver.metadata.TableMetadata;
import io.ilion.model.type.CqlType;
import io.ilion.tools.console.ToolException;
import io.ilion.tools.load.codec.FieldCodec;
import io.ilion.tools.load.codec.FieldCodecs;
import io.ilion.tools.load.format.Chunk;
import io.ilion.tools.load.format.Fields;
import io.ilion.tools.load.format.RecordFormat;
import io.ilion.tools.load.format.Source;
import io.ilion.tools.load.mapping.LoadStatement;
import io.ilion.tools.load.mapping.Mapping;
import io.ilion.tools.load.run.FilePlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Plans how the records of files become rows: prepares what writes them, once for each file. */
final class FilePlans {
  private final Session session;
  private final LoadOptions options;
  private final LoadOptions.Format kind;

  FilePlans(Session session, LoadOptions options, LoadOptions.Format kind) {
    this.session = session;
    this.options = options;
    this.kind = kind;
  }

  /**
   * The plan of a file.
   *
   * @param table null for an own statement
   * @param headerChunk the first record if it names the fields, else null
   * @throws ToolException if fields and table do not fit
   */
  FilePlan plan(Source source, RecordFormat format, TableMetadata table, Chunk headerChunk) {
    List<String> names = null;
    byte[] header = null;
    if (headerChunk != null) {
      Fields fields = new Fields();
      options.csv.parse(headerChunk.bytes(), headerChunk.from(), headerChunk.to(), fields);
      names = new ArrayList<>();
      for (int i = 0; i < fields.count(); i++) {
        names.add(fields.text(i));
      }
      header = Arrays.copyOfRange(headerChunk.bytes(), headerChunk.from(), headerChunk.to());
    }
    boolean named = kind == LoadOptions.Format.JSON;
    Mapping mapping = options.mapping;
    List<String> columns = named ? null : options.columns;
    PreparedStatement prepared;
    LoadStatement statement;
    LoadStatement statics = null;
    if (table == null) {
      prepared = session.prepare(options.query);
      statement =
          LoadStatement.own(
              options.query, prepared.variables().names(), mapping, names, named, columns);
    } else {
      statement =
          LoadStatement.of(
              table,
              mapping,
              columns != null ? null : names,
              named,
              columns,
              options.ttl,
              options.timestamp);
      prepared = session.prepare(statement.text());
      statics =
          LoadStatement.ofStatics(
              table,
              mapping,
              columns != null ? null : names,
              named,
              columns,
              options.ttl,
              options.timestamp);
    }
    options.formats.checkFields(
        table != null ? table.columns().keySet() : prepared.variables().names());
    int count = prepared.variables().size();
    String[] markers = new String[count];
    String[] fieldNames = new String[count];
    int[] positions = new int[count];
    FieldCodec[] codecs = new FieldCodec[count];
    boolean[] required = new boolean[count];
    for (int i = 0; i < count; i++) {
      markers[i] = prepared.variables().name(i);
      CqlType type = prepared.variables().type(i);
      LoadStatement.Field field = statement.markers().get(markers[i]);
      fieldNames[i] = field.name();
      positions[i] = field.position();
      codecs[i] =
          markers[i].equals("[timestamp]")
              ? FieldCodecs.writeTime(options.formats)
              : FieldCodecs.of(markers[i], type, options.formats);
      required[i] = isKey(table, markers[i]);
    }
    for (int key : prepared.partitionKeyMarkers()) {
      required[key] = true;
    }
    int fieldCount =
        named
            ? (options.mapping == Mapping.NONE && table != null ? count : -1)
            : names != null
                ? names.size()
                : columns != null
                    ? columns.size()
                    : table == null || mapping.namesFields()
                        ? -1
                        // Without names a record has a field for each column, wanted or not.
                        : mapping.others() ? table.columns().size() : count;
    return new FilePlan(
        source.name(),
        format,
        prepared,
        markers,
        fieldNames,
        positions,
        codecs,
        required,
        rowMarkers(table, markers),
        statics(statics, table, markers),
        fieldCount,
        header);
  }

  private FilePlan.Statics statics(LoadStatement statement, TableMetadata table, String[] markers) {
    if (statement == null) {
      return null;
    }
    boolean[] kept = new boolean[markers.length];
    for (int i = 0; i < kept.length; i++) {
      kept[i] = statement.markers().containsKey(markers[i]);
    }
    int[] columns =
        IntStream.range(0, markers.length)
            .filter(
                i ->
                    table.columns().get(markers[i]) instanceof ColumnMetadata column
                        && column.kind() == ColumnMetadata.Kind.STATIC)
            .toArray();
    return new FilePlan.Statics(session.prepare(statement.text()), kept, columns);
  }

  private static int[] rowMarkers(TableMetadata table, String[] markers) {
    if (table == null) {
      return null;
    }
    Set<String> clustering =
        table.clusteringColumns().stream().map(ColumnMetadata::name).collect(Collectors.toSet());
    return IntStream.range(0, markers.length)
        .filter(i -> clustering.contains(markers[i]))
        .toArray();
  }

  private static boolean isKey(TableMetadata table, String name) {
    return table != null
        && table.columns().containsKey(name)
        && table.columns().get(name).position() >= 0;
  }
}
