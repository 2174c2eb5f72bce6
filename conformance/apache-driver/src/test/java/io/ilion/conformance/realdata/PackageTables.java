package io.ilion.conformance.realdata;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.data.UdtValue;
import com.datastax.oss.driver.api.core.type.UserDefinedType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The tables of the package index, one for each question that is asked of it. */
final class PackageTables {
  static final String KEYSPACE = "debian";

  /** The tables by query, with their columns. */
  static final Map<String, String> BY_QUERY =
      Map.of(
          "packages_by_maintainer", "email, name, version, section, snapshot",
          "packages_by_section", "section, size_bytes, name, version, description",
          "dependents", "needed, name, version");

  private static final List<String> SCHEMA =
      List.of(
          "CREATE TYPE debian.person (name text, email text)",
          """
          CREATE TABLE debian.packages (
            name text,
            version text,
            architecture text,
            section text,
            priority text,
            source text,
            maintainer frozen<person>,
            description text,
            homepage text,
            depends list<text>,
            tags set<text>,
            checksums map<text, blob>,
            installed_kib bigint,
            size_bytes bigint,
            snapshot date,
            PRIMARY KEY (name, version)
          ) WITH CLUSTERING ORDER BY (version DESC)
          """,
          """
          CREATE TABLE debian.packages_by_maintainer (
            email text,
            maintainer text static,
            name text,
            version text,
            section text,
            snapshot date,
            PRIMARY KEY (email, name, version)
          )
          """,
          """
          CREATE TABLE debian.packages_by_section (
            section text,
            size_bytes bigint,
            name text,
            version text,
            description text,
            PRIMARY KEY (section, size_bytes, name, version)
          ) WITH CLUSTERING ORDER BY (size_bytes DESC, name ASC, version ASC)
          """,
          """
          CREATE TABLE debian.dependents (
            needed text,
            name text,
            version text,
            PRIMARY KEY (needed, name, version)
          )
          """,
          """
          CREATE TABLE debian.totals_by_section (
            section text PRIMARY KEY,
            packages counter,
            bytes counter
          )
          """);

  private final UserDefinedType person;
  private final PreparedStatement insertPackage;
  private final PreparedStatement insertByMaintainer;
  private final PreparedStatement insertBySection;
  private final PreparedStatement insertDependent;
  private final PreparedStatement count;
  private final PreparedStatement selectPackage;

  private PackageTables(CqlSession session) {
    person =
        session
            .getMetadata()
            .getKeyspace(KEYSPACE)
            .orElseThrow()
            .getUserDefinedType("person")
            .orElseThrow();
    insertPackage =
        session.prepare(
            "INSERT INTO debian.packages (name, version, architecture, section, priority, source,"
                + " maintainer, description, homepage, depends, tags, checksums, installed_kib,"
                + " size_bytes, snapshot) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insertByMaintainer =
        session.prepare(
            "INSERT INTO debian.packages_by_maintainer"
                + " (email, maintainer, name, version, section, snapshot)"
                + " VALUES (?, ?, ?, ?, ?, ?)");
    insertBySection =
        session.prepare(
            "INSERT INTO debian.packages_by_section"
                + " (section, size_bytes, name, version, description) VALUES (?, ?, ?, ?, ?)");
    insertDependent =
        session.prepare("INSERT INTO debian.dependents (needed, name, version) VALUES (?, ?, ?)");
    count =
        session.prepare(
            "UPDATE debian.totals_by_section SET packages = packages + 1, bytes = bytes + ?"
                + " WHERE section = ?");
    selectPackage = session.prepare("SELECT * FROM debian.packages WHERE name = ? AND version = ?");
  }

  /** Makes the tables anew. */
  static PackageTables create(CqlSession session) {
    session.execute("DROP KEYSPACE IF EXISTS " + KEYSPACE);
    session.execute(
        "CREATE KEYSPACE debian WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
    SCHEMA.forEach(session::execute);
    return open(session);
  }

  /** The tables that are there. */
  static PackageTables open(CqlSession session) {
    return new PackageTables(session);
  }

  /**
   * A write into a table by query.
   *
   * @param row its columns, as {@link #rows} finds them
   */
  record Write(String table, List<Object> row, BoundStatement statement) {}

  /** Every write of one package: into each table, and to the totals of its section. */
  List<BoundStatement> load(DebianPackage p) {
    List<BoundStatement> statements = new ArrayList<>();
    statements.add(insert(p));
    byQuery(p).forEach(write -> statements.add(write.statement));
    statements.add(count(p));
    return statements;
  }

  /** The writes of a package into the tables by query. */
  List<Write> byQuery(DebianPackage p) {
    List<Write> writes = new ArrayList<>();
    writes.add(
        new Write(
            "packages_by_maintainer",
            Arrays.asList(p.maintainer().email(), p.name(), p.version(), p.section(), p.snapshot()),
            insertByMaintainer(p)));
    Object[] bySection = {p.section(), p.sizeBytes(), p.name(), p.version(), p.description()};
    writes.add(
        new Write(
            "packages_by_section", Arrays.asList(bySection), insertBySection.bind(bySection)));
    for (String needed : p.needs()) {
      Object[] dependent = {needed, p.name(), p.version()};
      writes.add(
          new Write("dependents", Arrays.asList(dependent), insertDependent.bind(dependent)));
    }
    return writes;
  }

  /** The write of a package to the totals of its section. */
  BoundStatement count(DebianPackage p) {
    return count.bind(p.sizeBytes(), p.section());
  }

  /** All rows of a table by query. */
  static Set<List<Object>> rows(CqlSession session, String table) {
    Set<List<Object>> rows = new HashSet<>();
    SimpleStatement select =
        SimpleStatement.newInstance("SELECT " + BY_QUERY.get(table) + " FROM debian." + table);
    for (Row row : session.execute(select.setPageSize(5000))) {
      Object[] values = new Object[row.size()];
      Arrays.setAll(values, row::getObject);
      if (!rows.add(Arrays.asList(values))) {
        throw new AssertionError("twice in " + table + ": " + Arrays.toString(values));
      }
    }
    return rows;
  }

  /** The write of a package into the table of packages. What it lacks stays unset. */
  BoundStatement insert(DebianPackage p) {
    UdtValue maintainer = person.newValue(p.maintainer().name(), p.maintainer().email());
    Object[] values = {
      p.name(),
      p.version(),
      p.architecture(),
      p.section(),
      p.priority(),
      p.source(),
      maintainer,
      p.description(),
      p.homepage(),
      p.depends(),
      p.tags(),
      p.checksums(),
      p.installedKib(),
      p.sizeBytes(),
      p.snapshot()
    };
    return withoutNulls(insertPackage, values);
  }

  /** The write of a package into the table by maintainer. */
  BoundStatement insertByMaintainer(DebianPackage p) {
    return withoutNulls(
        insertByMaintainer,
        p.maintainer().email(),
        p.maintainer().name(),
        p.name(),
        p.version(),
        p.section(),
        p.snapshot());
  }

  /** The query for one package. */
  BoundStatement select(DebianPackage p) {
    return selectPackage.bind(p.name(), p.version());
  }

  /** The package that a row of the table of packages holds. */
  static DebianPackage read(Row row) {
    UdtValue maintainer = row.getUdtValue("maintainer");
    return new DebianPackage(
        row.getString("name"),
        row.getString("version"),
        row.getString("architecture"),
        row.getString("section"),
        row.getString("priority"),
        row.getString("source"),
        maintainer == null
            ? null
            : new DebianPackage.Person(maintainer.getString("name"), maintainer.getString("email")),
        row.getString("description"),
        row.getString("homepage"),
        row.getList("depends", String.class),
        row.getSet("tags", String.class),
        row.getMap("checksums", String.class, ByteBuffer.class),
        row.getLong("installed_kib"),
        row.getLong("size_bytes"),
        row.getLocalDate("snapshot"));
  }

  private static BoundStatement withoutNulls(PreparedStatement statement, Object... values) {
    BoundStatement bound = statement.bind(values);
    for (int i = 0; i < values.length; i++) {
      if (values[i] == null) {
        bound = bound.unset(i);
      }
    }
    return bound;
  }
}
