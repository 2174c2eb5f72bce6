package io.ilion.cql.grammar;

import io.ilion.cql.ast.Describe;
import io.ilion.cql.ast.FunctionName;
import io.ilion.cql.ast.Identifier;
import io.ilion.cql.ast.QualifiedName;
import io.ilion.cql.ast.RoleStatement;
import io.ilion.cql.ast.RoleStatement.Permission;
import io.ilion.cql.ast.RoleStatement.Permissions;
import io.ilion.cql.ast.RoleStatement.Resource;
import io.ilion.cql.ast.RoleStatement.RoleOptions;
import io.ilion.cql.ast.Term;
import io.ilion.model.CqlException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.ParseTree;
import org.antlr.v4.runtime.tree.TerminalNode;

/** Builds statements about roles and permissions, and DESCRIBE. */
final class RoleBuilder {
  private static final RoleOptions NO_OPTIONS =
      new RoleOptions(null, null, null, null, null, null, null);

  private RoleBuilder() {}

  static Object build(Node node, int rule) {
    return switch (rule) {
      case CqlGrammar.RULE_createRoleStatement ->
          new RoleStatement.CreateRole(role(node), options(node), false, ifNotExists(node));
      case CqlGrammar.RULE_alterRoleStatement ->
          new RoleStatement.AlterRole(role(node), options(node), false, ifExists(node));
      case CqlGrammar.RULE_dropRoleStatement ->
          new RoleStatement.DropRole(role(node), false, ifExists(node));
      case CqlGrammar.RULE_createUserStatement ->
          new RoleStatement.CreateRole(user(node), userOptions(node), true, ifNotExists(node));
      case CqlGrammar.RULE_alterUserStatement ->
          new RoleStatement.AlterRole(user(node), userOptions(node), true, ifExists(node));
      case CqlGrammar.RULE_dropUserStatement ->
          new RoleStatement.DropRole(user(node), true, ifExists(node));
      case CqlGrammar.RULE_userPassword -> password(node);
      case CqlGrammar.RULE_roleOptions -> combine(node.all(CqlGrammar.RULE_roleOption));
      case CqlGrammar.RULE_roleOption -> option(node);
      case CqlGrammar.RULE_stringSet -> strings(node);
      case CqlGrammar.RULE_grantRoleStatement ->
          new RoleStatement.GrantRole(node.built(1), node.built(3));
      case CqlGrammar.RULE_revokeRoleStatement ->
          new RoleStatement.RevokeRole(node.built(1), node.built(3));
      case CqlGrammar.RULE_grantPermissionsStatement ->
          new RoleStatement.GrantPermissions(node.built(1), node.built(3), node.built(5));
      case CqlGrammar.RULE_revokePermissionsStatement ->
          new RoleStatement.RevokePermissions(node.built(1), node.built(3), node.built(5));
      case CqlGrammar.RULE_listPermissionsStatement ->
          new RoleStatement.ListPermissions(
              node.built(1), node.first(CqlGrammar.RULE_resource), role(node), recursive(node));
      case CqlGrammar.RULE_listRolesStatement ->
          new RoleStatement.ListRoles(role(node), recursive(node));
      case CqlGrammar.RULE_listUsersStatement -> new RoleStatement.ListUsers();
      case CqlGrammar.RULE_permissions -> permissions(node);
      case CqlGrammar.RULE_permission ->
          Permission.valueOf(node.start.getText().toUpperCase(Locale.ROOT));
      case CqlGrammar.RULE_resource -> resource((CqlGrammar.ResourceContext) node);
      case CqlGrammar.RULE_addIdentityStatement -> {
        List<String> names = node.all(CqlGrammar.RULE_userName);
        yield new RoleStatement.AddIdentity(names.get(0), names.get(1), ifNotExists(node));
      }
      case CqlGrammar.RULE_dropIdentityStatement ->
          new RoleStatement.DropIdentity(user(node), ifExists(node));
      case CqlGrammar.RULE_describeStatement -> {
        Describe target = node.built(1);
        yield node.hasToken(CqlGrammar.K_INTERNALS)
            ? new Describe(
                target.target(),
                target.keyspace(),
                target.name(),
                target.full(),
                target.only(),
                true)
            : target;
      }
      case CqlGrammar.RULE_describeTarget -> describe(node);
      default -> null;
    };
  }

  private static boolean ifExists(Node node) {
    return node.has(CqlGrammar.RULE_ifExists);
  }

  private static boolean ifNotExists(Node node) {
    return node.has(CqlGrammar.RULE_ifNotExists);
  }

  private static boolean recursive(Node node) {
    return !node.hasToken(CqlGrammar.K_NORECURSIVE);
  }

  private static String role(Node node) {
    return node.first(CqlGrammar.RULE_roleName);
  }

  private static String user(Node node) {
    return node.first(CqlGrammar.RULE_userName);
  }

  // ---- options ----

  private static RoleOptions options(Node node) {
    RoleOptions options = node.first(CqlGrammar.RULE_roleOptions);
    return options == null ? NO_OPTIONS : options;
  }

  private static RoleOptions userOptions(Node node) {
    RoleOptions password = node.first(CqlGrammar.RULE_userPassword);
    Boolean superuser =
        node.hasToken(CqlGrammar.K_SUPERUSER)
            ? Boolean.TRUE
            : node.hasToken(CqlGrammar.K_NOSUPERUSER) ? Boolean.FALSE : null;
    return new RoleOptions(
        password == null ? null : password.password(),
        password == null ? null : password.hashedPassword(),
        superuser,
        null,
        null,
        null,
        null);
  }

  private static RoleOptions password(Node node) {
    String text = Texts.of(node.token(CqlGrammar.STRING_LITERAL));
    return node.hasToken(CqlGrammar.K_HASHED)
        ? new RoleOptions(null, text, null, null, null, null, null)
        : new RoleOptions(text, null, null, null, null, null, null);
  }

  private static RoleOptions option(Node node) {
    return switch (node.start.getType()) {
      case CqlGrammar.K_HASHED, CqlGrammar.K_PASSWORD -> password(node);
      case CqlGrammar.K_OPTIONS -> {
        Term.MapLiteral map = node.first(CqlGrammar.RULE_mapLiteral);
        Map<String, String> custom = SchemaBuilder.mapping(map);
        yield new RoleOptions(null, null, null, null, custom, null, null);
      }
      case CqlGrammar.K_SUPERUSER ->
          new RoleOptions(null, null, bool(node), null, null, null, null);
      case CqlGrammar.K_LOGIN -> new RoleOptions(null, null, null, bool(node), null, null, null);
      default -> {
        List<String> names = node.first(CqlGrammar.RULE_stringSet);
        List<String> allowed = names == null ? List.of() : names;
        yield node.hasToken(CqlGrammar.K_TO)
            ? new RoleOptions(null, null, null, null, null, allowed, null)
            : new RoleOptions(null, null, null, null, null, null, allowed);
      }
    };
  }

  private static Boolean bool(Node node) {
    return Boolean.valueOf(node.token(CqlGrammar.BOOLEAN).getText());
  }

  private static List<String> strings(Node node) {
    List<String> strings = new ArrayList<>();
    for (ParseTree child : node.children) {
      if (child instanceof TerminalNode terminal
          && terminal.getSymbol().getType() == CqlGrammar.STRING_LITERAL) {
        strings.add(Texts.of(terminal.getSymbol()));
      }
    }
    return List.copyOf(strings);
  }

  private static RoleOptions combine(List<RoleOptions> options) {
    RoleOptions sum = NO_OPTIONS;
    for (RoleOptions option : options) {
      sum =
          new RoleOptions(
              either(sum.password(), option.password(), "PASSWORD"),
              either(sum.hashedPassword(), option.hashedPassword(), "HASHED_PASSWORD"),
              either(sum.superuser(), option.superuser(), "SUPERUSER"),
              either(sum.login(), option.login(), "LOGIN"),
              either(sum.custom(), option.custom(), "OPTIONS"),
              either(sum.datacenters(), option.datacenters(), "ACCESS TO"),
              either(sum.cidrGroups(), option.cidrGroups(), "ACCESS FROM"));
    }
    if (sum.password() != null && sum.hashedPassword() != null) {
      throw CqlException.syntax("Options 'password' and 'hashed password' are mutually exclusive");
    }
    return sum;
  }

  private static <T> T either(T before, T now, String name) {
    if (before != null && now != null) {
      throw CqlException.syntax("%s", "Multiple definition for property '" + name + "'");
    }
    return now == null ? before : now;
  }

  // ---- permissions ----

  private static Permissions permissions(Node node) {
    return node.hasToken(CqlGrammar.K_ALL)
        ? new Permissions(true, List.of(Permission.values()))
        : new Permissions(false, node.all(CqlGrammar.RULE_permission));
  }

  private static Resource resource(CqlGrammar.ResourceContext node) {
    return switch (node) {
      case CqlGrammar.AllKeyspacesResourceContext n -> new Resource.AllKeyspaces();
      case CqlGrammar.KeyspaceResourceContext n -> new Resource.Keyspace(n.built(1));
      case CqlGrammar.AllTablesResourceContext n -> new Resource.AllTables(n.built(4));
      case CqlGrammar.TableResourceContext n ->
          new Resource.Table(n.first(CqlGrammar.RULE_tableName));
      case CqlGrammar.AllRolesResourceContext n -> new Resource.AllRoles();
      case CqlGrammar.RoleResourceContext n -> new Resource.Role(n.built(1));
      case CqlGrammar.AllFunctionsResourceContext n -> new Resource.AllFunctions();
      case CqlGrammar.KeyspaceFunctionsResourceContext n ->
          new Resource.KeyspaceFunctions(n.built(4));
      case CqlGrammar.FunctionResourceContext n -> new Resource.Function(n.built(1), n.built(2));
      case CqlGrammar.AllMbeansResourceContext n -> new Resource.AllMbeans();
      default ->
          new Resource.Mbean(
              Texts.of(node.token(CqlGrammar.STRING_LITERAL)), node.hasToken(CqlGrammar.K_MBEANS));
    };
  }

  // ---- DESCRIBE ----

  private static Describe describe(Node node) {
    Token first = node.start;
    QualifiedName element = node.first(CqlGrammar.RULE_tableName);
    if (element == null) {
      element = node.first(CqlGrammar.RULE_typeName);
    }
    FunctionName function = node.first(CqlGrammar.RULE_functionName);
    if (function != null) {
      element = new QualifiedName(function.keyspace(), function.name(), null);
    }
    if (node.hasToken(CqlGrammar.K_KEYSPACE)) {
      return keyspace(node);
    }
    List<Identifier> names = node.all(CqlGrammar.RULE_ident);
    if (!names.isEmpty()) {
      return new Describe(
          Describe.Target.GENERIC,
          names.size() == 1 ? null : names.get(0).name(),
          names.getLast().name(),
          false,
          false,
          false);
    }
    Describe.Target target =
        switch (first.getType()) {
          case CqlGrammar.K_CLUSTER -> Describe.Target.CLUSTER;
          case CqlGrammar.K_KEYSPACES -> Describe.Target.KEYSPACES;
          case CqlGrammar.K_TABLES -> Describe.Target.TABLES;
          case CqlGrammar.K_COLUMNFAMILY -> Describe.Target.TABLE;
          case CqlGrammar.K_INDEX -> Describe.Target.INDEX;
          case CqlGrammar.K_MATERIALIZED -> Describe.Target.MATERIALIZED_VIEW;
          case CqlGrammar.K_TYPES -> Describe.Target.TYPES;
          case CqlGrammar.K_TYPE -> Describe.Target.TYPE;
          case CqlGrammar.K_FUNCTIONS -> Describe.Target.FUNCTIONS;
          case CqlGrammar.K_FUNCTION -> Describe.Target.FUNCTION;
          case CqlGrammar.K_AGGREGATES -> Describe.Target.AGGREGATES;
          default -> Describe.Target.AGGREGATE;
        };
    return new Describe(
        target,
        element == null ? null : element.keyspace(),
        element == null ? null : element.name(),
        false,
        false,
        false);
  }

  /** SCHEMA and KEYSPACE are one token: without a name the word decides. */
  private static Describe keyspace(Node node) {
    Token word = node.token(CqlGrammar.K_KEYSPACE);
    boolean schema = word.getText().equalsIgnoreCase("schema");
    String keyspace = node.first(CqlGrammar.RULE_keyspaceName);
    boolean full = node.hasToken(CqlGrammar.K_FULL);
    boolean only = node.hasToken(CqlGrammar.K_ONLY);
    if (full && !schema) {
      throw CqlException.syntax(
          "%s",
          "line "
              + AstBuilder.position(word)
              + " mismatched input '"
              + word.getText()
              + "' expecting K_SCHEMA");
    }
    Describe.Target target =
        schema && keyspace == null && !only ? Describe.Target.SCHEMA : Describe.Target.KEYSPACE;
    return new Describe(target, keyspace, null, full, only, false);
  }
}
