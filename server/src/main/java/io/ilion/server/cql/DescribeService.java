package io.ilion.server.cql;

import io.ilion.cql.ast.Describe;
import io.ilion.cql.schema.SchemaTransformer;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.NodeInfo;
import io.ilion.model.CqlException;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.ListType;
import io.ilion.model.type.MapType;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.UserType;
import io.ilion.protocol.ColumnSpec;
import io.ilion.protocol.ColumnType;
import io.ilion.protocol.Opcode;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.RowsMetadata;
import io.ilion.protocol.RowsWriter;
import io.ilion.server.Exchange;
import io.ilion.server.system.SystemSchema;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Answers DESCRIBE. An answer comes in pages if the client wants them; the state between two pages
 * is the version of the schema (16 bytes) and the number of rows given (int), and another schema
 * ends it.
 */
final class DescribeService {
  private static final int STATE_BYTES = 20;
  private static final MapType OWNERSHIP =
      new MapType(NativeType.TEXT, new ListType(NativeType.TEXT, false), false);

  private final String clusterName;
  private final ClusterView view;

  /**
   * Describes the elements of a cluster.
   *
   * @param view says who has which ranges
   */
  DescribeService(String clusterName, ClusterView view) {
    this.clusterName = clusterName;
    this.view = view;
  }

  void answer(
      Exchange exchange,
      Describe statement,
      Schema schema,
      UUID version,
      QueryParameters parameters) {
    List<String[]> rows = new ArrayList<>();
    boolean create = true;
    String current =
        parameters.keyspace() != null ? parameters.keyspace() : exchange.client().keyspace();
    switch (statement.target()) {
      case CLUSTER -> {
        cluster(exchange, current == null ? null : schema.keyspace(current));
        return;
      }
      case KEYSPACES -> {
        create = false;
        keyspaces(schema).forEach(k -> rows.add(row(k.name(), "keyspace", k.name(), null)));
      }
      case TABLES -> {
        create = false;
        for (KeyspaceDefinition k : visible(schema, current)) {
          tables(k).forEach(t -> rows.add(row(k.name(), "table", t.name(), null)));
        }
      }
      case TYPES -> {
        create = false;
        for (KeyspaceDefinition k : visible(schema, current)) {
          k.types().values().stream()
              .sorted(Comparator.comparing(UserType::name, String.CASE_INSENSITIVE_ORDER))
              .forEach(t -> rows.add(row(k.name(), "type", t.name(), null)));
        }
      }
      case FUNCTIONS, AGGREGATES -> create = false;
      case SCHEMA -> {
        for (KeyspaceDefinition k : keyspaces(schema)) {
          if (statement.full() || !k.name().startsWith("system")) {
            keyspace(k, false, rows);
          }
        }
      }
      case KEYSPACE ->
          keyspace(find(schema, keyspaceName(statement, current)), statement.only(), rows);
      case TABLE -> {
        KeyspaceDefinition k = find(schema, owner(statement, current));
        TableDefinition table = k.tables().get(statement.name());
        if (table == null) {
          throw CqlException.invalid(
              "Table '%s' not found in keyspace '%s'", statement.name(), k.name());
        }
        rows.add(table(table, statement.internals()));
      }
      case TYPE -> {
        KeyspaceDefinition k = find(schema, owner(statement, current));
        UserType type = k.types().get(statement.name());
        if (type == null) {
          throw CqlException.invalid(
              "User defined type '%s' not found in '%s'", statement.name(), k.name());
        }
        rows.add(type(type));
      }
      case GENERIC -> generic(schema, statement, current, rows);
      default ->
          throw CqlException.invalid(
              "%s '%s' not found in '%s'",
              name(statement.target()),
              statement.name(),
              find(schema, owner(statement, current)).name());
    }
    respond(exchange, rows, create, version, parameters);
  }

  private static String name(Describe.Target target) {
    return switch (target) {
      case INDEX -> "Table for existing index";
      case MATERIALIZED_VIEW -> "Materialized view";
      case FUNCTION -> "User defined function";
      default -> "User defined aggregate";
    };
  }

  private static String keyspaceName(Describe statement, String current) {
    String named = statement.keyspace() != null ? statement.keyspace() : statement.name();
    if (named == null && current == null) {
      throw CqlException.invalid("No keyspace specified and no current keyspace");
    }
    return named == null ? current : named;
  }

  private static String owner(Describe statement, String current) {
    if (statement.keyspace() == null && current == null) {
      throw CqlException.invalid("No keyspace specified and no current keyspace");
    }
    return statement.keyspace() == null ? current : statement.keyspace();
  }

  private static KeyspaceDefinition find(Schema schema, String name) {
    KeyspaceDefinition found = schema.keyspace(name);
    if (found == null) {
      throw CqlException.invalid("'%s' not found in keyspaces", name);
    }
    return found;
  }

  private static List<KeyspaceDefinition> keyspaces(Schema schema) {
    return schema.keyspaces().values().stream()
        .sorted(Comparator.comparing(KeyspaceDefinition::name, String.CASE_INSENSITIVE_ORDER))
        .toList();
  }

  private static List<KeyspaceDefinition> visible(Schema schema, String current) {
    return current == null ? keyspaces(schema) : List.of(find(schema, current));
  }

  private static void generic(
      Schema schema, Describe statement, String current, List<String[]> rows) {
    String name = statement.name();
    if (statement.keyspace() == null && schema.keyspace(name) != null) {
      keyspace(schema.keyspace(name), false, rows);
      return;
    }
    String owner = statement.keyspace() == null ? current : statement.keyspace();
    if (owner == null) {
      throw CqlException.invalid("'%s' not found in keyspaces", name);
    }
    KeyspaceDefinition keyspace = find(schema, owner);
    if (keyspace.tables().containsKey(name)) {
      rows.add(table(keyspace.tables().get(name), statement.internals()));
    } else {
      throw CqlException.invalid("'%s' not found in keyspace '%s'", name, owner);
    }
  }

  private static void keyspace(KeyspaceDefinition keyspace, boolean only, List<String[]> rows) {
    rows.add(row(keyspace.name(), "keyspace", keyspace.name(), SchemaText.keyspace(keyspace)));
    if (!only) {
      types(keyspace).forEach(type -> rows.add(type(type)));
      tables(keyspace).forEach(table -> rows.add(table(table, false)));
    }
  }

  private static List<TableDefinition> tables(KeyspaceDefinition keyspace) {
    return keyspace.tables().values().stream()
        .sorted(Comparator.comparing(TableDefinition::name, String.CASE_INSENSITIVE_ORDER))
        .toList();
  }

  /** User types, each behind those that it is made of. */
  private static List<UserType> types(KeyspaceDefinition keyspace) {
    List<UserType> left = new ArrayList<>(keyspace.types().values());
    List<UserType> ordered = new ArrayList<>();
    while (!left.isEmpty()) {
      UserType next =
          left.stream()
              .filter(t -> left.stream().noneMatch(o -> !o.equals(t) && refersTo(t, o)))
              .findFirst()
              .orElse(left.get(0));
      left.remove(next);
      ordered.add(next);
    }
    return ordered;
  }

  private static boolean refersTo(UserType type, UserType other) {
    return type.referencesUserType(other.keyspace(), other.name());
  }

  private static String[] table(TableDefinition table, boolean internals) {
    String text =
        SystemSchema.isVirtual(table.keyspace())
            ? SchemaText.virtualTable(table, internals)
            : SchemaText.table(table, internals);
    return row(table.keyspace(), "table", table.name(), text);
  }

  private static String[] type(UserType type) {
    return row(type.keyspace(), "type", type.name(), SchemaText.type(type));
  }

  private static String[] row(String keyspace, String type, String name, String statement) {
    return new String[] {SchemaText.quote(keyspace), type, SchemaText.quote(name), statement};
  }

  /** The cluster, and who has which ranges of a keyspace if there is one. */
  private void cluster(Exchange exchange, KeyspaceDefinition keyspace) {
    boolean owned = keyspace != null && !SchemaTransformer.isSystem(keyspace.name());
    List<ColumnSpec> columns = new ArrayList<>(texts(List.of("cluster", "partitioner", "snitch")));
    if (owned) {
      columns.add(column("range_ownership", OWNERSHIP));
    }
    RowsWriter writer = begin(exchange, columns);
    cell(writer, clusterName);
    cell(writer, "Murmur3Partitioner");
    // What Cassandra says as long as nobody chooses another.
    cell(writer, "DynamicEndpointSnitch");
    if (owned) {
      Map<String, List<String>> owners = new TreeMap<>();
      KeyspaceReplicas replicas = view.replicas(keyspace);
      for (TokenRange range : replicas.ranges()) {
        owners.put(
            Long.toString(range.end()),
            replicas.of(range.end()).natural().stream().map(DescribeService::endpoint).toList());
      }
      writer.cell(OWNERSHIP.encode(owners));
    }
    writer.endRow();
    writer.finish(null);
    exchange.end();
  }

  /** Where other nodes find one, as Cassandra writes it. */
  private static String endpoint(NodeInfo node) {
    return node.address().host() + "/" + node.address();
  }

  private static void respond(
      Exchange exchange,
      List<String[]> rows,
      boolean create,
      UUID version,
      QueryParameters parameters) {
    int from = parameters.pagingState() == null ? 0 : offset(parameters.pagingState(), version);
    int size = parameters.pageSize() <= 0 ? Integer.MAX_VALUE : parameters.pageSize();
    List<String[]> page =
        rows.subList(Math.min(from, rows.size()), (int) Math.min((long) from + size, rows.size()));
    List<String> names = new ArrayList<>(List.of("keyspace_name", "type", "name"));
    if (create) {
      names.add("create_statement");
    }
    RowsWriter writer = begin(exchange, texts(names));
    for (String[] row : page) {
      for (int i = 0; i < names.size(); i++) {
        cell(writer, row[i]);
      }
      writer.endRow();
    }
    // A full page is followed by another, maybe an empty one, as in Cassandra.
    writer.finish(page.size() == size ? state(version, from + size) : null);
    exchange.end();
  }

  private static byte[] state(UUID version, int offset) {
    return ByteBuffer.allocate(STATE_BYTES)
        .putLong(version.getMostSignificantBits())
        .putLong(version.getLeastSignificantBits())
        .putInt(offset)
        .array();
  }

  private static int offset(byte[] state, UUID version) {
    ByteBuffer in = ByteBuffer.wrap(state);
    if (in.remaining() != STATE_BYTES || in.getInt(STATE_BYTES - 4) < 0) {
      throw CqlException.protocol("Invalid value for the paging state");
    }
    if (!new UUID(in.getLong(), in.getLong()).equals(version)) {
      throw CqlException.invalid(
          "The schema has changed since the previous page of the DESCRIBE statement result. Please"
              + " retry the DESCRIBE statement.");
    }
    return in.getInt();
  }

  private static ColumnSpec column(String name, CqlType type) {
    return new ColumnSpec("system", "describe", name, ColumnType.of(type));
  }

  private static List<ColumnSpec> texts(List<String> names) {
    return names.stream().map(name -> column(name, NativeType.TEXT)).toList();
  }

  private static RowsWriter begin(Exchange exchange, List<ColumnSpec> columns) {
    return new RowsWriter(
        exchange.begin(Opcode.RESULT), exchange.version(), new RowsMetadata(columns), true, null);
  }

  private static void cell(RowsWriter writer, String text) {
    writer.cell(text == null ? null : text.getBytes(StandardCharsets.UTF_8));
  }
}
