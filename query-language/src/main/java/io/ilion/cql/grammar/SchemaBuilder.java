package io.ilion.cql.grammar;

import static io.ilion.cql.grammar.AstBuilder.lower;

import io.ilion.cql.ast.FunctionName;
import io.ilion.cql.ast.Identifier;
import io.ilion.cql.ast.PropertyValue;
import io.ilion.cql.ast.QualifiedName;
import io.ilion.cql.ast.Relation;
import io.ilion.cql.ast.SchemaStatement;
import io.ilion.cql.ast.SchemaStatement.ClusteringOrder;
import io.ilion.cql.ast.SchemaStatement.ColumnDefinition;
import io.ilion.cql.ast.SchemaStatement.IndexTarget;
import io.ilion.cql.ast.SchemaStatement.Mask;
import io.ilion.cql.ast.SchemaStatement.PrimaryKey;
import io.ilion.cql.ast.SchemaStatement.TableChange;
import io.ilion.cql.ast.SchemaStatement.TypeChange;
import io.ilion.cql.ast.Term;
import io.ilion.model.CqlException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.antlr.v4.runtime.Token;

/** Builds statements that change the schema. */
final class SchemaBuilder {
  private SchemaBuilder() {}

  static Object build(Node node, int rule) {
    return switch (rule) {
      case CqlGrammar.RULE_createKeyspaceStatement ->
          new SchemaStatement.CreateKeyspace(keyspace(node), properties(node), ifNotExists(node));
      case CqlGrammar.RULE_alterKeyspaceStatement ->
          new SchemaStatement.AlterKeyspace(keyspace(node), properties(node), ifExists(node));
      case CqlGrammar.RULE_dropKeyspaceStatement ->
          new SchemaStatement.DropKeyspace(keyspace(node), ifExists(node));
      case CqlGrammar.RULE_createTableStatement -> createTable(node);
      case CqlGrammar.RULE_tableElement -> tableElement(node);
      case CqlGrammar.RULE_primaryKey ->
          new PrimaryKey(node.built(3), node.all(CqlGrammar.RULE_ident));
      case CqlGrammar.RULE_partitionKey -> node.all(CqlGrammar.RULE_ident);
      case CqlGrammar.RULE_columnMask -> mask(node);
      case CqlGrammar.RULE_tableProperty -> tableProperty(node);
      case CqlGrammar.RULE_clusteringOrder ->
          new ClusteringOrder(node.built(0), node.hasToken(CqlGrammar.K_DESC));
      case CqlGrammar.RULE_alterTableStatement ->
          new SchemaStatement.AlterTable(
              table(node), node.first(CqlGrammar.RULE_tableChange), ifExists(node));
      case CqlGrammar.RULE_tableChange -> tableChange((CqlGrammar.TableChangeContext) node);
      case CqlGrammar.RULE_addedColumn -> column(node);
      case CqlGrammar.RULE_rename -> new SchemaStatement.Rename(node.built(0), node.built(2));
      case CqlGrammar.RULE_dropTableStatement ->
          new SchemaStatement.DropTable(table(node), ifExists(node));
      case CqlGrammar.RULE_createTypeStatement ->
          new SchemaStatement.CreateType(
              type(node), node.all(CqlGrammar.RULE_fieldDefinition), ifNotExists(node));
      case CqlGrammar.RULE_fieldDefinition ->
          new SchemaStatement.FieldDefinition(node.built(0), node.built(1));
      case CqlGrammar.RULE_alterTypeStatement ->
          new SchemaStatement.AlterType(
              type(node), node.first(CqlGrammar.RULE_typeChange), ifExists(node));
      case CqlGrammar.RULE_typeChange -> typeChange((CqlGrammar.TypeChangeContext) node);
      case CqlGrammar.RULE_dropTypeStatement ->
          new SchemaStatement.DropType(type(node), ifExists(node));
      case CqlGrammar.RULE_createIndexStatement -> createIndex(node);
      case CqlGrammar.RULE_indexTarget -> indexTarget(node);
      case CqlGrammar.RULE_dropIndexStatement ->
          new SchemaStatement.DropIndex(node.first(CqlGrammar.RULE_indexName), ifExists(node));
      case CqlGrammar.RULE_createViewStatement -> createView(node);
      case CqlGrammar.RULE_alterViewStatement ->
          new SchemaStatement.AlterView(table(node), properties(node), ifExists(node));
      case CqlGrammar.RULE_dropViewStatement ->
          new SchemaStatement.DropView(table(node), ifExists(node));
      case CqlGrammar.RULE_createFunctionStatement -> createFunction(node);
      case CqlGrammar.RULE_functionArgument ->
          new SchemaStatement.Argument(node.built(0), node.built(1));
      case CqlGrammar.RULE_dropFunctionStatement ->
          new SchemaStatement.DropFunction(
              function(node), node.first(CqlGrammar.RULE_argumentTypes), ifExists(node));
      case CqlGrammar.RULE_argumentTypes -> node.all(CqlGrammar.RULE_type);
      case CqlGrammar.RULE_createAggregateStatement -> createAggregate(node);
      case CqlGrammar.RULE_stateFunction, CqlGrammar.RULE_finalFunction -> node.built(0);
      case CqlGrammar.RULE_dropAggregateStatement ->
          new SchemaStatement.DropAggregate(
              function(node), node.first(CqlGrammar.RULE_argumentTypes), ifExists(node));
      case CqlGrammar.RULE_createTriggerStatement ->
          new SchemaStatement.CreateTrigger(
              node.first(CqlGrammar.RULE_ident),
              table(node),
              Texts.of(node.token(CqlGrammar.STRING_LITERAL)),
              ifNotExists(node));
      case CqlGrammar.RULE_dropTriggerStatement ->
          new SchemaStatement.DropTrigger(
              node.first(CqlGrammar.RULE_ident), table(node), ifExists(node));
      case CqlGrammar.RULE_properties -> merge(node.all(CqlGrammar.RULE_property));
      case CqlGrammar.RULE_property -> property(node);
      case CqlGrammar.RULE_propertyValue -> propertyValue(node);
      default -> null;
    };
  }

  private static boolean ifExists(Node node) {
    return node.has(CqlGrammar.RULE_ifExists);
  }

  private static boolean ifNotExists(Node node) {
    return node.has(CqlGrammar.RULE_ifNotExists);
  }

  private static String keyspace(Node node) {
    return node.first(CqlGrammar.RULE_keyspaceName);
  }

  private static QualifiedName table(Node node) {
    return node.first(CqlGrammar.RULE_tableName);
  }

  private static QualifiedName type(Node node) {
    return node.first(CqlGrammar.RULE_typeName);
  }

  private static FunctionName function(Node node) {
    return node.first(CqlGrammar.RULE_functionName);
  }

  private static Map<String, PropertyValue> properties(Node node) {
    Map<String, PropertyValue> properties = node.first(CqlGrammar.RULE_properties);
    return properties == null ? Map.of() : properties;
  }

  // ---- properties ----

  private record Property(String name, PropertyValue value) {}

  private record CompactStorage() {}

  private record ClusteringOrders(List<ClusteringOrder> orders) {}

  private static Map<String, PropertyValue> merge(List<Property> properties) {
    Map<String, PropertyValue> merged = new LinkedHashMap<>();
    for (Property property : properties) {
      if (merged.put(property.name(), property.value()) != null) {
        throw CqlException.syntax(
            "%s", "Multiple definitions for property '" + property.name() + "'");
      }
    }
    return Collections.unmodifiableMap(merged);
  }

  private static Property property(Node node) {
    Identifier name = node.built(0);
    Object value = node.built(2);
    return new Property(
        name.name(),
        value instanceof Term.MapLiteral map
            ? new PropertyValue.Mapping(mapping(map))
            : new PropertyValue.Text((String) value));
  }

  private static String propertyValue(Node node) {
    return node.built(0) instanceof Term.Literal literal ? literal.text() : node.start.getText();
  }

  /** The map of a property; its keys and values can only be constants. */
  static Map<String, String> mapping(Term.MapLiteral map) {
    Map<String, String> entries = new LinkedHashMap<>();
    for (Term.MapEntry entry : map.entries()) {
      if (!(entry.key() instanceof Term.Literal key)) {
        throw CqlException.syntax(
            "%s", "Invalid property name: " + CqlText.of(entry.key()) + hint(entry.key()));
      }
      if (!(entry.value() instanceof Term.Literal value)) {
        throw CqlException.syntax(
            "%s",
            "Invalid property value: "
                + CqlText.of(entry.value())
                + " for property: "
                + CqlText.of(key)
                + hint(entry.value()));
      }
      if (entries.put(key.text(), value.text()) != null) {
        throw CqlException.syntax("%s", "Multiple definition for property " + key.text());
      }
    }
    return Collections.unmodifiableMap(entries);
  }

  private static String hint(Term term) {
    return term instanceof Term.BindMarker
        ? " (bind variables are not supported in DDL queries)"
        : "";
  }

  // ---- tables ----

  private record TableElement(ColumnDefinition column, PrimaryKey primaryKey) {}

  private static TableElement tableElement(Node node) {
    if (node.has(CqlGrammar.RULE_primaryKey)) {
      return new TableElement(null, node.built(0));
    }
    ColumnDefinition column = column(node);
    return new TableElement(
        column,
        node.hasToken(CqlGrammar.K_PRIMARY)
            ? new PrimaryKey(List.of(column.name()), List.of())
            : null);
  }

  private static ColumnDefinition column(Node node) {
    return new ColumnDefinition(
        node.built(0),
        node.built(1),
        node.hasToken(CqlGrammar.K_STATIC),
        node.first(CqlGrammar.RULE_columnMask));
  }

  private static Mask mask(Node node) {
    return node.hasToken(CqlGrammar.K_DEFAULT)
        ? new Mask(new FunctionName("system", "mask_default"), List.of())
        : new Mask(function(node), node.all(CqlGrammar.RULE_term));
  }

  private static Object tableProperty(Node node) {
    if (node.hasToken(CqlGrammar.K_COMPACT)) {
      return new CompactStorage();
    }
    return node.hasToken(CqlGrammar.K_CLUSTERING)
        ? new ClusteringOrders(node.all(CqlGrammar.RULE_clusteringOrder))
        : node.built(0);
  }

  /** What the WITH clause of a table or view says, its parts by kind. */
  private record TableProperties(
      Map<String, PropertyValue> properties, List<ClusteringOrder> orders, boolean compact) {
    static TableProperties of(Node node) {
      List<Property> properties = new ArrayList<>();
      List<ClusteringOrder> orders = new ArrayList<>();
      boolean compact = false;
      for (Object part : node.all(CqlGrammar.RULE_tableProperty)) {
        switch (part) {
          case Property property -> properties.add(property);
          case ClusteringOrders clustering -> orders.addAll(clustering.orders());
          default -> compact = true;
        }
      }
      return new TableProperties(merge(properties), List.copyOf(orders), compact);
    }
  }

  private static SchemaStatement createTable(Node node) {
    List<ColumnDefinition> columns = new ArrayList<>();
    List<PrimaryKey> primaryKeys = new ArrayList<>();
    List<TableElement> elements = node.all(CqlGrammar.RULE_tableElement);
    for (TableElement element : elements) {
      if (element.column() != null) {
        columns.add(element.column());
      }
      if (element.primaryKey() != null) {
        primaryKeys.add(element.primaryKey());
      }
    }
    TableProperties properties = TableProperties.of(node);
    return new SchemaStatement.CreateTable(
        table(node),
        List.copyOf(columns),
        List.copyOf(primaryKeys),
        properties.orders(),
        properties.compact(),
        properties.properties(),
        ifNotExists(node));
  }

  private static TableChange tableChange(CqlGrammar.TableChangeContext node) {
    return switch (node) {
      case CqlGrammar.AlterColumnTypeContext n -> new TableChange.AlterType(n.built(1), n.built(3));
      case CqlGrammar.AlterColumnMaskContext n ->
          new TableChange.AlterMask(
              n.first(CqlGrammar.RULE_columnName),
              n.first(CqlGrammar.RULE_columnMask),
              ifExists(n));
      case CqlGrammar.AddColumnsContext n ->
          new TableChange.AddColumns(n.all(CqlGrammar.RULE_addedColumn), ifNotExists(n));
      case CqlGrammar.DropColumnsContext n ->
          new TableChange.DropColumns(
              n.all(CqlGrammar.RULE_ident), ifExists(n), timestamp(n.token(CqlGrammar.INTEGER)));
      case CqlGrammar.RenameColumnsContext n ->
          new TableChange.RenameColumns(n.all(CqlGrammar.RULE_rename), ifExists(n));
      case CqlGrammar.DropCompactStorageContext n -> new TableChange.DropCompactStorage();
      default -> new TableChange.SetProperties(properties(node));
    };
  }

  private static Long timestamp(Token token) {
    if (token == null) {
      return null;
    }
    try {
      return Long.valueOf(token.getText());
    } catch (NumberFormatException e) {
      throw CqlException.syntax(
          "%s",
          "line "
              + AstBuilder.position(token)
              + " invalid timestamp '"
              + token.getText()
              + "', an integer of 64 bits expected");
    }
  }

  // ---- types, indexes, views ----

  private static TypeChange typeChange(CqlGrammar.TypeChangeContext node) {
    return switch (node) {
      case CqlGrammar.AlterFieldTypeContext n -> new TypeChange.AlterField(n.built(1), n.built(3));
      case CqlGrammar.AddFieldContext n ->
          new TypeChange.AddField(n.first(CqlGrammar.RULE_fieldDefinition), ifNotExists(n));
      default -> new TypeChange.RenameFields(node.all(CqlGrammar.RULE_rename), ifExists(node));
    };
  }

  private static SchemaStatement createIndex(Node node) {
    Token className = node.token(CqlGrammar.STRING_LITERAL);
    return new SchemaStatement.CreateIndex(
        node.first(CqlGrammar.RULE_indexSimpleName),
        table(node),
        node.all(CqlGrammar.RULE_indexTarget),
        node.hasToken(CqlGrammar.K_CUSTOM),
        className == null ? null : Texts.of(className),
        properties(node),
        ifNotExists(node));
  }

  private static IndexTarget indexTarget(Node node) {
    IndexTarget.Kind kind = IndexTarget.Kind.SIMPLE;
    if (node.hasToken(CqlGrammar.LPAREN)) {
      kind =
          switch (node.start.getType()) {
            case CqlGrammar.K_VALUES -> IndexTarget.Kind.VALUES;
            case CqlGrammar.K_KEYS -> IndexTarget.Kind.KEYS;
            case CqlGrammar.K_ENTRIES -> IndexTarget.Kind.ENTRIES;
            default -> IndexTarget.Kind.FULL;
          };
    }
    return new IndexTarget(kind, node.first(CqlGrammar.RULE_columnName));
  }

  private static SchemaStatement createView(Node node) {
    List<QualifiedName> names = node.all(CqlGrammar.RULE_tableName);
    TableProperties properties = TableProperties.of(node);
    if (properties.compact()) {
      throw CqlException.syntax("COMPACT STORAGE tables are not allowed starting with version 4.0");
    }
    List<Relation> where = node.first(CqlGrammar.RULE_whereClause);
    return new SchemaStatement.CreateView(
        names.get(0),
        names.get(1),
        node.first(CqlGrammar.RULE_selectors),
        where == null ? List.of() : where,
        node.first(CqlGrammar.RULE_primaryKey),
        properties.orders(),
        properties.properties(),
        ifNotExists(node));
  }

  // ---- functions ----

  private static SchemaStatement createFunction(Node node) {
    return new SchemaStatement.CreateFunction(
        function(node),
        node.all(CqlGrammar.RULE_functionArgument),
        node.hasToken(CqlGrammar.K_CALLED),
        node.first(CqlGrammar.RULE_type),
        lower(node.token(CqlGrammar.IDENT)),
        Texts.of(node.token(CqlGrammar.STRING_LITERAL)),
        node.hasToken(CqlGrammar.K_REPLACE),
        ifNotExists(node));
  }

  private static SchemaStatement createAggregate(Node node) {
    Identifier state = node.first(CqlGrammar.RULE_stateFunction);
    Identifier last = node.first(CqlGrammar.RULE_finalFunction);
    return new SchemaStatement.CreateAggregate(
        function(node),
        node.first(CqlGrammar.RULE_argumentTypes),
        state.name(),
        node.first(CqlGrammar.RULE_type),
        last == null ? null : last.name(),
        node.first(CqlGrammar.RULE_term),
        node.hasToken(CqlGrammar.K_REPLACE),
        ifNotExists(node));
  }
}
