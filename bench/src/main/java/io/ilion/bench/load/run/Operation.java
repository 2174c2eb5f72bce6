package io.ilion.bench.load.run;

import io.ilion.bench.load.BenchException;
import io.ilion.bench.load.generate.Draw;
import io.ilion.bench.load.generate.Generator;
import io.ilion.bench.load.generate.Generators;
import io.ilion.bench.load.generate.Stamp;
import io.ilion.bench.load.generate.Stamps;
import io.ilion.bench.load.workload.StatementSpec;
import io.ilion.driver.BoundStatement;
import io.ilion.driver.Columns;
import io.ilion.driver.DirectRows;
import io.ilion.driver.DirectStatement;
import io.ilion.driver.DriverException;
import io.ilion.driver.Page;
import io.ilion.driver.PreparedStatement;
import io.ilion.driver.Row;
import io.ilion.driver.Session;
import io.ilion.driver.Settings;
import io.ilion.driver.codec.CodecException;
import io.ilion.model.Consistency;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A statement of a phase, prepared, with the generators of its values. */
final class Operation {
  private final StatementSpec spec;
  private final PreparedStatement prepared;
  private final Generator key;
  private final Generator[] values;
  private final boolean stamps;
  private final Settings settings;
  private final Versions versions;
  private final StatementStats stats;

  /** Those of a statement that is executed directly, else null; and that statement. */
  private final WireValues wire;

  private final DirectStatement direct;
  private Operation then;
  private volatile Verified lastVerified;

  private Operation(
      StatementSpec spec,
      Session session,
      PreparedStatement prepared,
      Generator key,
      Generator[] values,
      Versions versions) {
    this.spec = spec;
    this.prepared = prepared;
    this.key = key;
    this.values = values;
    this.versions = versions;
    this.stamps = Arrays.stream(values).anyMatch(Stamps.class::isInstance);
    this.settings = settings(spec);
    this.wire = spec.pages() > 1 ? null : WireValues.of(prepared, values);
    this.direct = wire == null ? null : session.direct(prepared, settings, stamps);
    this.stats = new StatementStats(spec.name());
  }

  private static Settings settings(StatementSpec spec) {
    if (spec.consistency() == null) {
      return Settings.NONE;
    }
    try {
      return Settings.NONE.consistency(
          Consistency.valueOf(spec.consistency().toUpperCase(Locale.ROOT)));
    } catch (IllegalArgumentException e) {
      throw new BenchException(
          "%s: there is no consistency '%s'; there are %s"
              .formatted(spec.where(), spec.consistency(), List.of(Consistency.values())),
          e);
    }
  }

  /**
   * Prepares the statements of a phase.
   *
   * @throws BenchException if one cannot be prepared, or its values do not fit; says where
   */
  static List<Operation> prepare(
      List<StatementSpec> specs, Session session, Generators generators, Versions versions) {
    List<Operation> operations = new ArrayList<>();
    for (StatementSpec spec : specs) {
      operations.add(prepare(spec, session, generators, versions));
    }
    for (Operation operation : operations) {
      String follows = operation.spec.then();
      operation.then =
          operations.stream()
              .filter(each -> each.spec.name().equals(follows))
              .findAny()
              .orElse(null);
    }
    return operations;
  }

  private static Operation prepare(
      StatementSpec spec, Session session, Generators generators, Versions versions) {
    PreparedStatement prepared;
    try {
      prepared = session.prepare(spec.cql());
    } catch (DriverException e) {
      throw new BenchException(
          "%s: statement '%s': %s".formatted(spec.where(), spec.name(), e.getMessage()), e);
    }
    if (prepared.variables().size() != spec.bind().size()) {
      throw new BenchException(
          "%s: statement '%s' has %d markers, and 'bind' %d values"
              .formatted(
                  spec.where(), spec.name(), prepared.variables().size(), spec.bind().size()));
    }
    for (String column : spec.verify()) {
      if (!prepared.columns().contains(column)) {
        throw new BenchException(
            "%s: 'verify' names '%s', which is not among the columns %s"
                .formatted(spec.where(), column, prepared.columns().names()));
      }
    }
    Generator[] values = new Generator[spec.bind().size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = generators.of(spec.bind().get(i), spec.where() + ", value " + (i + 1));
    }
    Generator key = spec.key() == null ? null : generators.of(spec.key(), spec.where() + ", key");
    Operation operation = new Operation(spec, session, prepared, key, values, versions);
    // So that what does not fit is known before anything is sent.
    BoundStatement unused = operation.bind(new Draw().of(0));
    return operation;
  }

  double weight() {
    return spec.weight();
  }

  StatementStats stats() {
    return stats;
  }

  /** What follows in the same operation, or null. */
  Operation then() {
    return then;
  }

  int pages() {
    return spec.pages();
  }

  /** Draws which record this is about. */
  void choose(Draw draw) {
    if (key != null) {
      draw.key(key.number(draw));
    }
  }

  /** How it is executed if its values are written as they go over the wire, else null. */
  DirectStatement direct() {
    return direct;
  }

  /** Writes the values for a draw whose record is chosen; of a direct statement. */
  void write(Draw draw, WireValues.Out out) {
    stamp(draw);
    try {
      wire.write(draw, out);
    } catch (BenchException | ArithmeticException e) {
      throw new BenchException(
          "%s: statement '%s': %s".formatted(spec.where(), spec.name(), e.getMessage()), e);
    }
  }

  private void stamp(Draw draw) {
    if (stamps) {
      draw.version(versions.next());
    }
  }

  /** The statement for a draw whose record is chosen. */
  BoundStatement bind(Draw draw) {
    stamp(draw);
    BoundStatement statement = bindObjects(draw);
    if (settings != Settings.NONE) {
      statement = statement.with(settings);
    }
    return stamps ? statement.timestamp(draw.version()) : statement;
  }

  private BoundStatement bindObjects(Draw draw) {
    Object[] bound = new Object[values.length];
    int at = 0;
    try {
      for (; at < bound.length; at++) {
        bound[at] = ValueFit.fit(values[at].value(draw), prepared.variables().type(at));
      }
      return prepared.bind(bound);
    } catch (BenchException | CodecException | ArithmeticException e) {
      // Behind the last one the statement itself says which of its markers is meant.
      String value = at == bound.length ? "" : ", value " + (at + 1);
      throw new BenchException(
          "%s: statement '%s'%s: %s".formatted(spec.where(), spec.name(), value, e.getMessage()),
          e);
    }
  }

  /** What a read that is sent now must not see less than. */
  long floor(Draw draw) {
    return spec.verify().isEmpty() ? 0 : versions.floor(draw.key());
  }

  /** A write was acknowledged. */
  void acknowledged(long itsKey, long version) {
    if (stamps) {
      versions.acknowledge(itsKey, version);
    }
  }

  /** Where the columns are that are verified; looked up when the columns are others than before. */
  @SuppressWarnings("ReferenceEquality") // Nearly always they are the very same.
  private int[] verified(Columns columns) {
    Verified last = lastVerified;
    if (last == null || last.of != columns && !last.of.equals(columns)) {
      last = new Verified(columns, spec.verify().stream().mapToInt(columns::indexOf).toArray());
      lastVerified = last;
    }
    return last.indexes;
  }

  private record Verified(Columns of, int[] indexes) {}

  /** What is wrong with what was read, or null. */
  String check(Page page, long itsKey, long floor) {
    if (spec.verify().isEmpty()) {
      return null;
    }
    if (page.size() == 0) {
      return checkAbsence(floor);
    }
    int[] columns = verified(page.columns());
    for (int i = 0; i < page.size(); i++) {
      Row row = page.row(i);
      for (int column : columns) {
        byte[] text = row.getBytes(column);
        String wrong = checkText(text, text == null ? -1 : text.length, itsKey, floor);
        if (wrong != null) {
          return wrong;
        }
      }
    }
    return null;
  }

  /**
   * The same of rows that are read where they were received.
   *
   * @param scratch where the values are put
   */
  String check(DirectRows rows, long itsKey, long floor, Scratch scratch) {
    if (spec.verify().isEmpty()) {
      return null;
    }
    if (rows.size() == 0) {
      return checkAbsence(floor);
    }
    int[] columns = verified(rows.columns());
    while (rows.next()) {
      for (int column : columns) {
        int length = rows.length(column);
        byte[] text = scratch.of(length);
        if (length > 0) {
          rows.copy(column, text, 0);
        }
        String wrong = checkText(text, length, itsKey, floor);
        if (wrong != null) {
          return wrong;
        }
      }
    }
    return null;
  }

  private String checkAbsence(long floor) {
    return floor > 0 && !spec.mayBeAbsent() ? "LOST: an acknowledged write is not there" : null;
  }

  private static String checkText(byte[] text, int length, long itsKey, long floor) {
    long version = length < 0 ? -1 : Stamp.version(text, length, itsKey);
    if (version < 0) {
      return "WRONG: a value that was never written";
    }
    return version < floor ? "STALE: older than an acknowledged write" : null;
  }
}
