package io.ilion.tools.shell;

import io.ilion.driver.metadata.KeyspaceMetadata;
import io.ilion.driver.metadata.Metadata;
import io.ilion.driver.metadata.TableMetadata;
import java.util.List;

/** The names that the schema has, as choices: those of the current keyspace, and keyspaces. */
final class SchemaNames {
  private final Metadata metadata;
  private final String keyspace;

  /**
   * Names of a schema.
   *
   * @param keyspace whose names need not be qualified, or null
   */
  SchemaNames(Metadata metadata, String keyspace) {
    this.metadata = metadata;
    this.keyspace = keyspace;
  }

  /** Everything that a keyspace has; nothing if there is none of the name. */
  void membersOf(String name, Choices choices) {
    KeyspaceMetadata named = metadata.keyspaces().get(Names.internal(name));
    if (named != null) {
      named.tables().keySet().forEach(table -> choices.add(Names.written(table)));
      named.views().keySet().forEach(view -> choices.add(Names.written(view)));
      named.userTypes().keySet().forEach(type -> choices.add(Names.written(type)));
      named.functions().forEach(function -> choices.add(Names.written(function.name())));
      named.aggregates().forEach(function -> choices.add(Names.written(function.name())));
    }
  }

  /** All keyspaces, followed by a suffix. */
  void keyspaces(Choices choices, String suffix) {
    metadata.keyspaces().keySet().forEach(name -> choices.add(Names.written(name) + suffix));
  }

  private KeyspaceMetadata current() {
    return keyspace == null ? null : metadata.keyspaces().get(keyspace);
  }

  void tables(Choices choices) {
    if (current() != null) {
      current().tables().keySet().forEach(name -> choices.add(Names.written(name)));
      current().views().keySet().forEach(name -> choices.add(Names.written(name)));
    }
    keyspaces(choices, ".");
  }

  void views(Choices choices) {
    if (current() != null) {
      current().views().keySet().forEach(name -> choices.add(Names.written(name)));
    }
    keyspaces(choices, ".");
  }

  void indexes(Choices choices) {
    if (current() != null) {
      current().tables().values().forEach(table -> choices.addAll(table.indexes().keySet()));
    }
    keyspaces(choices, ".");
  }

  void userTypes(Choices choices) {
    ownTypes(choices);
    keyspaces(choices, ".");
  }

  /** The user-defined types of the current keyspace. */
  void ownTypes(Choices choices) {
    if (current() != null) {
      current().userTypes().keySet().forEach(name -> choices.add(Names.written(name)));
    }
  }

  void functions(Choices choices) {
    if (current() != null) {
      current().functions().forEach(function -> choices.add(Names.written(function.name()) + "("));
      current().aggregates().forEach(function -> choices.add(Names.written(function.name()) + "("));
    }
  }

  /** The columns of a table, or of all tables of the keyspace when it is not known yet. */
  void columns(Choices choices, TableMetadata table) {
    if (table != null) {
      table.columns().keySet().forEach(name -> choices.add(Names.written(name)));
    } else if (current() != null) {
      current()
          .tables()
          .values()
          .forEach(any -> any.columns().keySet().forEach(name -> choices.add(Names.written(name))));
    }
  }

  /** The table of a name of one or two parts; null if there is none, or no name. */
  TableMetadata table(List<String> name) {
    if (name.isEmpty() || (name.size() == 1 && keyspace == null)) {
      return null;
    }
    String in = name.size() == 1 ? keyspace : Names.internal(name.getFirst());
    return metadata.table(in, Names.internal(name.getLast())).orElse(null);
  }

  /** The data centres of the cluster. */
  void datacenters(Choices choices) {
    metadata.datacenters().forEach(name -> choices.add("'" + name + "'"));
  }
}
