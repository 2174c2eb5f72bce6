package io.ilion.cql.ast;

import java.util.List;
import java.util.Map;

/** A statement about roles, users, permissions and identities. */
public sealed interface RoleStatement extends Statement {

  /**
   * CREATE ROLE, or CREATE USER.
   *
   * @param user whether it was CREATE USER, which lets the role log in
   */
  record CreateRole(String role, RoleOptions options, boolean user, boolean ifNotExists)
      implements RoleStatement {}

  /** ALTER ROLE, or ALTER USER. */
  record AlterRole(String role, RoleOptions options, boolean user, boolean ifExists)
      implements RoleStatement {}

  /** DROP ROLE, or DROP USER. */
  record DropRole(String role, boolean user, boolean ifExists) implements RoleStatement {}

  /** LIST ROLES. */
  record ListRoles(String of, boolean recursive) implements RoleStatement {}

  /** LIST USERS. */
  record ListUsers() implements RoleStatement {}

  /** GRANT role TO grantee. */
  record GrantRole(String role, String grantee) implements RoleStatement {}

  /** REVOKE role FROM revokee. */
  record RevokeRole(String role, String revokee) implements RoleStatement {}

  /** GRANT permissions ON resource TO grantee. */
  record GrantPermissions(Permissions permissions, Resource resource, String grantee)
      implements RoleStatement {}

  /** REVOKE permissions ON resource FROM revokee. */
  record RevokePermissions(Permissions permissions, Resource resource, String revokee)
      implements RoleStatement {}

  /** LIST permissions; resource and role are null where they are not given. */
  record ListPermissions(Permissions permissions, Resource resource, String of, boolean recursive)
      implements RoleStatement {}

  /** ADD IDENTITY. */
  record AddIdentity(String identity, String role, boolean ifNotExists) implements RoleStatement {}

  /** DROP IDENTITY. */
  record DropIdentity(String identity, boolean ifExists) implements RoleStatement {}

  /**
   * The options of a role; each is null where the statement does not give it.
   *
   * @param datacenters the data centres it may use; empty means all
   * @param cidrGroups the groups of addresses it may come from; empty means all
   */
  record RoleOptions(
      String password,
      String hashedPassword,
      Boolean superuser,
      Boolean login,
      Map<String, String> custom,
      List<String> datacenters,
      List<String> cidrGroups) {}

  /**
   * What is granted.
   *
   * @param all whether ALL was written; then the list holds every permission
   */
  record Permissions(boolean all, List<Permission> permissions) {}

  /** The permissions of Cassandra. */
  enum Permission {
    CREATE,
    ALTER,
    DROP,
    SELECT,
    MODIFY,
    AUTHORIZE,
    DESCRIBE,
    EXECUTE,
    UNMASK,
    SELECT_MASKED
  }

  /** What permissions are on. */
  sealed interface Resource {
    /** ALL KEYSPACES. */
    record AllKeyspaces() implements Resource {}

    /** KEYSPACE k. */
    record Keyspace(String keyspace) implements Resource {}

    /** ALL TABLES IN KEYSPACE k. */
    record AllTables(String keyspace) implements Resource {}

    /** TABLE t. */
    record Table(QualifiedName table) implements Resource {}

    /** ALL ROLES. */
    record AllRoles() implements Resource {}

    /** ROLE r. */
    record Role(String role) implements Resource {}

    /** ALL FUNCTIONS. */
    record AllFunctions() implements Resource {}

    /** ALL FUNCTIONS IN KEYSPACE k. */
    record KeyspaceFunctions(String keyspace) implements Resource {}

    /** FUNCTION f(types). */
    record Function(FunctionName function, List<RawType> argumentTypes) implements Resource {}

    /** ALL MBEANS. */
    record AllMbeans() implements Resource {}

    /** MBEAN name, or MBEANS pattern. */
    record Mbean(String name, boolean pattern) implements Resource {}
  }
}
