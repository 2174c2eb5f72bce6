package io.ilion.cql.schema;

import io.ilion.cql.ast.PropertyValue;
import io.ilion.cql.ast.QualifiedName;
import io.ilion.cql.ast.RawType;
import io.ilion.cql.ast.SchemaStatement;
import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.schema.TableProperties;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.UserType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Applies a schema statement to a schema: a pure function but for the ids of new tables. What it
 * accepts and refuses, and how it says so, is Cassandra's.
 */
public final class SchemaTransformer {
  private static final int MAX_KEYSPACE_NAME = 48;
  private static final int MAX_TABLE_NAME = 222;

  /** Those of the system that each node has for itself. */
  private static final Set<String> LOCAL_SYSTEM =
      Set.of("system", "system_schema", "system_views", "system_virtual_schema");

  /** Those of the system whose replication users may change. */
  private static final Set<String> REPLICATED_SYSTEM =
      Set.of("system_auth", "system_traces", "system_distributed");

  private final Schema schema;
  private final String currentKeyspace;
  private final Supplier<UUID> newTableId;
  private final long nowMicros;
  private final Map<String, Integer> nodesByDatacenter;

  /** Begins with a schema, for a cluster of one node in the data centre {@code datacenter1}. */
  public SchemaTransformer(
      Schema schema, String currentKeyspace, Supplier<UUID> newTableId, long nowMicros) {
    this(schema, currentKeyspace, newTableId, nowMicros, Map.of("datacenter1", 1));
  }

  /**
   * Begins with a schema.
   *
   * @param currentKeyspace for names without keyspace, or null
   * @param newTableId gives an id for a new table, unique in the cluster for ever
   * @param nowMicros the time of the statement
   * @param nodesByDatacenter how many nodes each data centre has
   */
  public SchemaTransformer(
      Schema schema,
      String currentKeyspace,
      Supplier<UUID> newTableId,
      long nowMicros,
      Map<String, Integer> nodesByDatacenter) {
    this.schema = schema;
    this.currentKeyspace = currentKeyspace;
    this.newTableId = newTableId;
    this.nowMicros = nowMicros;
    // In the order of their names, so that all nodes write the same.
    this.nodesByDatacenter = new TreeMap<>(nodesByDatacenter);
  }

  /** Whether a keyspace belongs to the system, or has a name that is too like one of those. */
  public static boolean isSystem(String keyspace) {
    return REPLICATED_SYSTEM.contains(keyspace)
        || LOCAL_SYSTEM.contains(keyspace.toLowerCase(Locale.ROOT));
  }

  /**
   * The schema after a statement.
   *
   * @throws CqlException if the statement cannot be carried out
   */
  public SchemaChange apply(SchemaStatement statement) {
    return switch (statement) {
      case SchemaStatement.CreateKeyspace s -> createKeyspace(s);
      case SchemaStatement.AlterKeyspace s -> alterKeyspace(s);
      case SchemaStatement.DropKeyspace s -> dropKeyspace(s);
      case SchemaStatement.CreateTable s -> createTable(s);
      case SchemaStatement.AlterTable s -> alterTable(s);
      case SchemaStatement.DropTable s -> dropTable(s);
      case SchemaStatement.CreateType s -> createType(s);
      case SchemaStatement.AlterType s -> alterType(s);
      case SchemaStatement.DropType s -> dropType(s);
      case SchemaStatement.CreateIndex s -> throw unsupported("Secondary indexes");
      case SchemaStatement.DropIndex s -> throw unsupported("Secondary indexes");
      case SchemaStatement.CreateView s -> throw unsupported("Materialized views");
      case SchemaStatement.AlterView s -> throw unsupported("Materialized views");
      case SchemaStatement.DropView s -> throw unsupported("Materialized views");
      case SchemaStatement.CreateFunction s -> throw unsupported("User-defined functions");
      case SchemaStatement.DropFunction s -> throw unsupported("User-defined functions");
      case SchemaStatement.CreateAggregate s -> throw unsupported("User-defined aggregates");
      case SchemaStatement.DropAggregate s -> throw unsupported("User-defined aggregates");
      case SchemaStatement.CreateTrigger s -> throw unsupported("Triggers");
      case SchemaStatement.DropTrigger s -> throw unsupported("Triggers");
    };
  }

  private static CqlException unsupported(String what) {
    return CqlException.invalid("%s are not supported yet", what);
  }

  /** Refuses an operation on a resource in a keyspace of the system, in Cassandra's words. */
  private static void refuseSystem(String keyspace, String operation, String resource) {
    if (REPLICATED_SYSTEM.contains(keyspace)) {
      throw new CqlException(ErrorCode.UNAUTHORIZED, "Cannot " + operation + " <" + resource + ">");
    }
    if (isSystem(keyspace)) {
      throw new CqlException(
          ErrorCode.UNAUTHORIZED, keyspace + " keyspace is not user-modifiable.");
    }
  }

  private SchemaChange createKeyspace(SchemaStatement.CreateKeyspace s) {
    if (isSystem(s.keyspace()) && !REPLICATED_SYSTEM.contains(s.keyspace())) {
      throw CqlException.invalid("System keyspace '%s' is not user-modifiable", s.keyspace());
    }
    checkKeyspaceName(s.keyspace());
    KeyspaceDefinition existing = schema.keyspace(s.keyspace());
    PropertyReader in = new PropertyReader(s.properties());
    Map<String, String> replication = in.map("replication", null);
    boolean durable = in.flag("durable_writes", true);
    in.refuseOthers("Unknown property '%s'");
    Replication.requireClass(replication);
    if (existing != null) {
      if (s.ifNotExists()) {
        return SchemaChange.none(schema);
      }
      throw new CqlException.AlreadyExists(s.keyspace());
    }
    if (replication == null) {
      throw CqlException.invalid("Missing mandatory option 'replication'");
    }
    Replication made = new Replication(s.keyspace(), replication, Map.of(), nodesByDatacenter);
    KeyspaceDefinition keyspace = new KeyspaceDefinition(s.keyspace(), made.options(), durable);
    return SchemaChange.of(schema.with(keyspace), "CREATED", "KEYSPACE", s.keyspace(), "")
        .withWarnings(made.warnings());
  }

  private SchemaChange alterKeyspace(SchemaStatement.AlterKeyspace s) {
    if (!REPLICATED_SYSTEM.contains(s.keyspace())) {
      refuseSystem(s.keyspace(), "ALTER", "keyspace " + s.keyspace());
    }
    KeyspaceDefinition keyspace = schema.keyspace(s.keyspace());
    PropertyReader in = new PropertyReader(s.properties());
    Map<String, String> given = in.map("replication", Map.of());
    boolean durable = in.flag("durable_writes", keyspace == null || keyspace.durableWrites());
    in.refuseOthers("Unknown property '%s'");
    Replication.requireClass(given);
    if (keyspace == null) {
      if (s.ifExists()) {
        return SchemaChange.none(schema);
      }
      throw CqlException.invalid("Keyspace '%s' doesn't exist", s.keyspace());
    }
    Map<String, String> before = keyspace.replication();
    Replication made =
        new Replication(s.keyspace(), given.isEmpty() ? before : given, before, nodesByDatacenter);
    KeyspaceDefinition changed = keyspace.withReplication(made.options(), durable);
    List<String> warnings = new ArrayList<>(made.warnings());
    if (changed.equals(keyspace)) {
      return SchemaChange.none(schema).withWarnings(warnings);
    }
    if (Replication.copies(made.options()) > Replication.copies(before)) {
      warnings.add(
          "When increasing replication factor you need to run a full (-full) repair to distribute"
              + " the data.");
    }
    return SchemaChange.of(schema.with(changed), "UPDATED", "KEYSPACE", s.keyspace(), "")
        .withWarnings(warnings);
  }

  private SchemaChange dropKeyspace(SchemaStatement.DropKeyspace s) {
    refuseSystem(s.keyspace(), "DROP", "keyspace " + s.keyspace());
    if (schema.keyspace(s.keyspace()) == null) {
      if (s.ifExists()) {
        return SchemaChange.none(schema);
      }
      throw CqlException.invalid("Keyspace '%s' doesn't exist", s.keyspace());
    }
    return SchemaChange.of(schema.without(s.keyspace()), "DROPPED", "KEYSPACE", s.keyspace(), "");
  }

  private static void checkKeyspaceName(String name) {
    if (!name.matches("\\w+")) {
      throw CqlException.invalid(
          "Keyspace name must not be empty and must contain alphanumeric or underscore characters"
              + " only (got \"%s\")",
          name);
    }
    if (name.length() > MAX_KEYSPACE_NAME) {
      throw CqlException.invalid(
          "Keyspace name must not be more than %d characters long (got %d characters for \"%s\")",
          MAX_KEYSPACE_NAME, name.length(), name);
    }
  }

  private static void checkTableName(String keyspace, String name) {
    if (!name.matches("\\w+")) {
      throw CqlException.config(
          "%s.%s: Table name must not be empty or not contain non-alphanumeric-underscore"
              + " characters (got \"%s\")",
          keyspace, name, name);
    }
    if (name.length() > MAX_TABLE_NAME) {
      throw CqlException.config(
          "%s.%s: Table name must not be more than %d characters long (got %d characters for"
              + " \"%s\")",
          keyspace, name, MAX_TABLE_NAME, name.length(), name);
    }
  }

  /** The name of a keyspace, given or current. */
  private String keyspaceOf(QualifiedName name) {
    if (name.hasKeyspace()) {
      return name.keyspace();
    }
    if (currentKeyspace == null) {
      throw CqlException.invalid(
          "No keyspace has been specified. USE a keyspace, or explicitly specify"
              + " keyspace.tablename");
    }
    return currentKeyspace;
  }

  private SchemaChange createTable(SchemaStatement.CreateTable s) {
    String keyspaceName = keyspaceOf(s.table());
    TableBuilder.checkDeclarations(s);
    refuseSystem(keyspaceName, "CREATE", "all tables in " + keyspaceName);
    KeyspaceDefinition keyspace = schema.keyspace(keyspaceName);
    if (keyspace == null) {
      throw CqlException.invalid("Keyspace '%s' doesn't exist", keyspaceName);
    }
    String name = s.table().name();
    if (keyspace.tables().containsKey(name)) {
      if (s.ifNotExists()) {
        return SchemaChange.none(schema);
      }
      throw new CqlException.AlreadyExists(keyspaceName, name);
    }
    checkTableName(keyspaceName, name);
    TableDefinition table = new TableBuilder(keyspace, name).build(s, newTableId);
    refuseUsedId(table.schemaId());
    return SchemaChange.of(
        schema.with(keyspace.withTable(table)), "CREATED", "TABLE", keyspaceName, name);
  }

  /** What is written, fetched or hinted for an id belongs to one table. */
  private void refuseUsedId(UUID id) {
    if (schema.hasTable(id)) {
      TableDefinition other = schema.table(id) == null ? schema.truncated(id) : schema.table(id);
      throw CqlException.config(
          "Table id %s is in use by table '%s.%s'", id, other.keyspace(), other.name());
    }
  }

  private SchemaChange alterTable(SchemaStatement.AlterTable s) {
    String keyspaceName = keyspaceOf(s.table());
    refuseSystem(keyspaceName, "ALTER", "table " + keyspaceName + "." + s.table().name());
    KeyspaceDefinition keyspace = schema.keyspace(keyspaceName);
    TableDefinition table = keyspace == null ? null : keyspace.tables().get(s.table().name());
    if (table == null) {
      if (s.ifExists()) {
        return SchemaChange.none(schema);
      }
      throw CqlException.invalid("Table '%s.%s' doesn't exist", keyspaceName, s.table().name());
    }
    TableDefinition changed = new TableAlteration(keyspace, table, nowMicros).apply(s.change());
    if (changed == table) {
      return SchemaChange.none(schema);
    }
    return SchemaChange.of(
        schema.with(keyspace.withTable(changed)), "UPDATED", "TABLE", keyspaceName, table.name());
  }

  private SchemaChange dropTable(SchemaStatement.DropTable s) {
    String keyspaceName = keyspaceOf(s.table());
    refuseSystem(keyspaceName, "DROP", "table " + keyspaceName + "." + s.table().name());
    KeyspaceDefinition keyspace = schema.keyspace(keyspaceName);
    if (keyspace == null || !keyspace.tables().containsKey(s.table().name())) {
      if (s.ifExists()) {
        return SchemaChange.none(schema);
      }
      throw CqlException.invalid("Table '%s.%s' doesn't exist", keyspaceName, s.table().name());
    }
    return SchemaChange.of(
        schema.with(keyspace.withoutTable(s.table().name())),
        "DROPPED",
        "TABLE",
        keyspaceName,
        s.table().name());
  }

  private SchemaChange createType(SchemaStatement.CreateType s) {
    String keyspaceName = keyspaceOf(s.type());
    refuseSystem(keyspaceName, "CREATE", "all tables in " + keyspaceName);
    KeyspaceDefinition keyspace = schema.keyspace(keyspaceName);
    if (keyspace == null) {
      throw CqlException.invalid("Keyspace '%s' doesn't exist", keyspaceName);
    }
    String name = s.type().name();
    if (keyspace.types().containsKey(name)) {
      if (s.ifNotExists()) {
        return SchemaChange.none(schema);
      }
      throw CqlException.invalid("A user type with name '%s' already exists", name);
    }
    TypeResolver resolver = new TypeResolver(keyspaceName, keyspace);
    List<String> names = new ArrayList<>();
    List<CqlType> types = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (SchemaStatement.FieldDefinition field : s.fields()) {
      if (!seen.add(field.name().name())) {
        throw CqlException.invalid(
            "Duplicate field name '%s' in type '%s'", field.name().name(), name);
      }
      names.add(field.name().name());
      types.add(fieldType(resolver, field));
    }
    UserType made = new UserType(keyspaceName, name, names, types, true);
    return SchemaChange.of(
        schema.with(keyspace.withType(made)), "CREATED", "TYPE", keyspaceName, name);
  }

  private static CqlType fieldType(TypeResolver resolver, SchemaStatement.FieldDefinition field) {
    if (field.type() instanceof RawType.UserType) {
      throw CqlException.invalid("A user type cannot contain non-frozen UDTs");
    }
    CqlType type = resolver.resolve(field.type());
    if (type.isCounter()) {
      throw CqlException.invalid("A user type cannot contain counters");
    }
    return type;
  }

  private SchemaChange alterType(SchemaStatement.AlterType s) {
    String keyspaceName = keyspaceOf(s.type());
    refuseSystem(keyspaceName, "ALTER", "all tables in " + keyspaceName);
    KeyspaceDefinition keyspace = schema.keyspace(keyspaceName);
    UserType type = keyspace == null ? null : keyspace.types().get(s.type().name());
    if (type == null) {
      if (s.ifExists()) {
        return SchemaChange.none(schema);
      }
      throw CqlException.invalid("Type %s.%s doesn't exist", keyspaceName, s.type().name());
    }
    UserType changed =
        switch (s.change()) {
          case SchemaStatement.TypeChange.AlterField f ->
              throw CqlException.invalid("Altering field types is no longer supported");
          case SchemaStatement.TypeChange.AddField f -> addField(keyspace, type, f);
          case SchemaStatement.TypeChange.RenameFields f -> renameFields(type, f);
        };
    if (changed.equals(type)) {
      return SchemaChange.none(schema);
    }
    return SchemaChange.of(
        schema.with(keyspace.withType(changed)), "UPDATED", "TYPE", keyspaceName, type.name());
  }

  private UserType addField(
      KeyspaceDefinition keyspace, UserType type, SchemaStatement.TypeChange.AddField add) {
    String name = add.field().name().name();
    if (type.fieldNames().contains(name)) {
      if (add.ifFieldNotExists()) {
        return type;
      }
      throw CqlException.invalid(
          "Cannot add field %s to type %s: a field with name %s already exists",
          name, fullName(type), name);
    }
    CqlType fieldType = fieldType(new TypeResolver(keyspace.name(), keyspace), add.field());
    String said =
        String.format(
            "Cannot add new field %s of type %s to user type %s as ",
            name, add.field().type().in(keyspace.name()), fullName(type));
    if (fieldType.referencesUserType(type.keyspace(), type.name())) {
      throw CqlException.invalid("%s", said + "it would create a circular reference");
    }
    String tables = tablesWithKeyOf(keyspace, type);
    if (!tables.isEmpty()) {
      throw CqlException.invalid(
          "%s",
          said + "the type is being used in partition key by the following tables: " + tables);
    }
    List<String> names = new ArrayList<>(type.fieldNames());
    List<CqlType> types = new ArrayList<>(type.componentTypes());
    names.add(name);
    types.add(fieldType);
    return new UserType(type.keyspace(), type.name(), names, types, true);
  }

  /** The partition keys of their rows would change with the type. */
  private static String tablesWithKeyOf(KeyspaceDefinition keyspace, UserType type) {
    return keyspace.tables().values().stream()
        .filter(
            table ->
                table.partitionKeyTypes().stream()
                    .anyMatch(key -> key.referencesUserType(type.keyspace(), type.name())))
        .map(TableDefinition::toString)
        .collect(Collectors.joining(", "));
  }

  private static UserType renameFields(
      UserType type, SchemaStatement.TypeChange.RenameFields change) {
    // Each renames a field as it was called before, so two may change places.
    List<String> names = new ArrayList<>(type.fieldNames());
    for (SchemaStatement.Rename rename : change.renames()) {
      int index = type.fieldNames().indexOf(rename.from().name());
      if (index < 0) {
        if (change.ifFieldExists()) {
          continue;
        }
        throw CqlException.invalid(
            "Unkown field %s in user type %s", rename.from().name(), fullName(type));
      }
      names.set(index, rename.to().name());
    }
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw CqlException.invalid("Duplicate field name %s in type %s", name, type.keyspace());
      }
    }
    return new UserType(type.keyspace(), type.name(), names, type.componentTypes(), true);
  }

  private static String fullName(UserType type) {
    return type.keyspace() + "." + type.name();
  }

  private SchemaChange dropType(SchemaStatement.DropType s) {
    String keyspaceName = keyspaceOf(s.type());
    refuseSystem(keyspaceName, "DROP", "all tables in " + keyspaceName);
    KeyspaceDefinition keyspace = schema.keyspace(keyspaceName);
    String name = s.type().name();
    if (keyspace == null || !keyspace.types().containsKey(name)) {
      if (s.ifExists()) {
        return SchemaChange.none(schema);
      }
      throw CqlException.invalid("Type '%s.%s' doesn't exist", keyspaceName, name);
    }
    List<String> types =
        keyspace.types().values().stream()
            .filter(t -> !t.name().equals(name) && t.referencesUserType(keyspaceName, name))
            .map(UserType::name)
            .toList();
    if (!types.isEmpty()) {
      throw CqlException.invalid(
          "Cannot drop user type '%s.%s' as it is still used by user types %s",
          keyspaceName, name, String.join(", ", types));
    }
    List<String> tables =
        keyspace.tables().values().stream()
            .filter(
                t ->
                    t.columns().stream()
                        .anyMatch(c -> c.type().referencesUserType(keyspaceName, name)))
            .map(TableDefinition::name)
            .toList();
    if (!tables.isEmpty()) {
      throw CqlException.invalid(
          "Cannot drop user type '%s.%s' as it is still used by tables %s",
          keyspaceName, name, String.join(", ", tables));
    }
    return SchemaChange.of(
        schema.with(keyspace.withoutType(name)), "DROPPED", "TYPE", keyspaceName, name);
  }

  /** The options of {@code properties} are taken over those of {@code base}. */
  static TableProperties options(Map<String, PropertyValue> properties, TableProperties base) {
    return TableOptionsReader.read(properties, base);
  }
}
