package io.ilion.coordinator.read;

import io.ilion.coordinator.read.Explanation.Builder;
import io.ilion.coordinator.read.Explanation.Figures;
import io.ilion.cql.restrict.Interval;
import io.ilion.cql.restrict.Restrictions;
import io.ilion.cql.schema.CqlNames;
import io.ilion.cql.select.SelectPlan;
import io.ilion.cql.term.Evaluation;
import io.ilion.gossip.NodeInfo;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.storage.ReadForecast;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Puts into words how one SELECT is answered. */
final class SelectSteps {
  /** From how many partitions on an IN is warned of. */
  private static final int MANY_PARTITIONS = 20;

  /** From how many files on, of one partition, it is warned. */
  private static final int MANY_FILES = 10;

  /** From how many deletions on it is warned, if they are also more than the rows. */
  private static final int MANY_DELETIONS = 100;

  private static final int SHOWN_PARTITIONS = 3;

  private final SelectPlan plan;
  private final Restrictions restrictions;
  private final Evaluation evaluation;
  private final ReadOptions options;
  private final List<byte[]> keys;
  private final long[] tokens;
  private final List<Interval> intervals;
  private final Builder out = new Builder();

  /** The steps of one execution. */
  SelectSteps(SelectPlan plan, Evaluation evaluation, ReadOptions options) {
    this.plan = plan;
    this.restrictions = plan.restrictions();
    this.evaluation = evaluation;
    this.options = options;
    this.keys = restrictions.hasPartitionKeys() ? restrictions.partitionKeys(evaluation) : null;
    this.tokens = keys == null ? restrictions.tokenRange(evaluation) : null;
    this.intervals = restrictions.intervals(evaluation);
  }

  /** Whether the statement can give nothing, whatever is stored. */
  boolean isEmpty() {
    return intervals.isEmpty() || (keys == null ? tokens == null : keys.isEmpty());
  }

  /** How it would be answered. */
  Explanation planned(ReadOutlook outlook) {
    int root = out.add(-1, "select", headline(), Figures.NONE);
    int read = read(root, Figures.NONE);
    if (!isEmpty() && !plan.table().isVirtual()) {
      ReadForecast forecast = outlook.forecast();
      routes(read, outlook);
      out.add(
          read,
          "storage",
          "on this node it may be in "
              + forecast.files()
              + " of "
              + count(forecast.files() + forecast.passed(), "file")
              + (keys == null && forecast.files() > 0
                  ? " (" + kilobytes(forecast.bytes()) + ")"
                  : "")
              + " and "
              + count(forecast.memtables(), "memtable")
              + looked(),
          expected(forecast));
      warnOfStorage(outlook);
    }
    after(root, null, null, null);
    warnOfPlan();
    return out.build();
  }

  /** What is in memory alone is not estimated. */
  private static Figures expected(ReadForecast forecast) {
    long files = forecast.files();
    return files == 0 && forecast.memtables() > 0
        ? new Figures(files, null, null, null, null)
        : new Figures(files, forecast.partitions(), forecast.rows(), null, null);
  }

  private String looked() {
    return keys != null && keys.size() > Explainer.MOST_LOOKS
        ? ", by the first " + Explainer.MOST_LOOKS + " partitions"
        : "";
  }

  private void warnOfStorage(ReadOutlook outlook) {
    ReadForecast forecast = outlook.forecast();
    warnOfFiles("may be in %d files, each of which is looked into", outlook.mostFiles());
    long all = Math.max(forecast.cells(), forecast.deletions());
    if (forecast.deletions() > MANY_DELETIONS && forecast.deletions() > all / 5) {
      out.warn(
          "Of what is in these files %d %% are deletions. If what is read is like the rest, many"
              + " have to be passed: restrict the clustering columns to where rows are, or let"
              + " repairs and compactions purge them (gc_grace_seconds).",
          100 * forecast.deletions() / all);
    }
  }

  private void warnOfFiles(String what, int most) {
    if (keys != null && most > MANY_FILES) {
      out.warn(
          "One partition "
              + what
              + ": see whether compactions keep up (compactionstats), or whether its rows are"
              + " written over a long time.",
          most);
    }
  }

  /** What happened. */
  Explanation analyzed(ReadProfile profile, int rows, boolean more) {
    long elapsed = profile.elapsedNanos();
    ReadProfile.Found found = profile.found();
    int root =
        out.add(
            -1, "select", headline(), new Figures(null, null, (long) rows, null, micros(elapsed)));
    int read =
        read(root, new Figures(null, found.partitions(), found.rows(), found.deletions(), null));
    if (found.deadRows() > 0) {
      out.add(
          read,
          "skipped",
          count(found.deadRows(), "row") + " of which nothing is live any more",
          Figures.rows(found.deadRows()));
    }
    replicas(read, profile);
    if (profile.localReads() > 0) {
      ReadForecast sources = profile.sources();
      out.add(
          read,
          "storage",
          count(profile.localReads(), "read") + " of this node's lanes: " + merged(sources),
          new Figures((long) sources.files(), null, null, null, micros(profile.localNanos())));
    }
    after(root, profile.passedOn(), rows, more);
    warnOfFiles("was looked for in %d files", profile.mostFiles());
    if (found.deletions() > MANY_DELETIONS && found.deletions() > found.rows()) {
      out.warn(
          "%d deletions were read for %d rows: restrict the clustering columns to where rows are,"
              + " or let repairs and compactions purge them (gc_grace_seconds).",
          found.deletions(), found.rows());
    }
    if (profile.mismatches() > 0) {
      out.warn(
          "Replicas had not the same, %s; the read waited until they were made equal. If that"
              + " happens often, repair the table.",
          count(profile.mismatches(), "time"));
    }
    if (profile.speculations() > 0) {
      out.warn(
          "A replica took long, so one more was asked, %s.", count(profile.speculations(), "time"));
    }
    warnOfPlan();
    return out.build();
  }

  private static String merged(ReadForecast into) {
    return count(into.files(), "file")
        + " and "
        + count(into.memtables(), "memtable")
        + " merged, "
        + into.passed()
        + " passed by";
  }

  private static long micros(long nanos) {
    return nanos / 1000;
  }

  private String headline() {
    return CqlNames.quoted(plan.table().keyspace())
        + "."
        + CqlNames.quoted(plan.table().name())
        + (plan.json() ? " as JSON" : "")
        + " at "
        + options.consistency();
  }

  private int read(int root, Figures figures) {
    if (plan.table().isVirtual()) {
      return out.add(root, "compute", "a virtual table, by this node alone", Figures.NONE);
    }
    if (isEmpty()) {
      return out.add(
          root, "nothing", "no partition or row is left by the conditions", Figures.NONE);
    }
    int read;
    if (keys == null) {
      List<String> bounds = restrictions.tokenTexts(evaluation);
      read =
          bounds.isEmpty()
              ? out.add(root, "whole table", "every partition, in the order of tokens", figures)
              : out.add(root, "range of the ring", String.join(" AND ", bounds), figures);
    } else if (keys.size() == 1) {
      read = out.add(root, "one partition", keyText(keys.get(0)), figures);
    } else {
      String shown =
          keys.stream()
              .limit(SHOWN_PARTITIONS)
              .map(this::keyText)
              .collect(Collectors.joining("; "));
      read =
          out.add(
              root,
              "several partitions",
              keys.size()
                  + ", in this order: "
                  + shown
                  + (keys.size() > SHOWN_PARTITIONS ? "; ..." : ""),
              figures);
    }
    out.add(read, "rows", rowsText(), Figures.NONE);
    if (keys != null && options.consistency().isSerial()) {
      out.add(
          read,
          "agreement",
          "conditional updates of the partition that are under way are completed first",
          Figures.NONE);
    }
    return read;
  }

  private String keyText(byte[] key) {
    return String.join(" AND ", ReadReport.keyTexts(plan.table(), key));
  }

  private String rowsText() {
    String where = keys != null && keys.size() == 1 ? "the partition" : "each partition";
    List<String> bounds = restrictions.clusteringTexts(evaluation);
    String text;
    if (plan.table().clustering().isEmpty()) {
      text = "the one row of " + where;
    } else if (plan.distinct()) {
      text = "at most one of " + where + ", for DISTINCT, and the static row";
    } else if (bounds.isEmpty()) {
      text = "all of " + where;
    } else if (restrictions.namesRows() && intervals.size() == 1) {
      text = "one of " + where + ": " + String.join(" AND ", bounds);
    } else {
      text =
          count(intervals.size(), "slice") + " of " + where + ": " + String.join(" AND ", bounds);
    }
    return plan.reversed() ? text + ", against the clustering order" : text;
  }

  private void routes(int read, ReadOutlook outlook) {
    if (outlook.asked().isEmpty()) {
      out.add(read, "replicas", "this node alone: no other node is asked", Figures.NONE);
      return;
    }
    String what = keys == null ? "part of the ring" : "partition";
    int replicas =
        out.add(
            read,
            "replicas",
            outlook.waitsFor()
                + " of "
                + outlook.replicas()
                + " have to answer"
                + (outlook.routes() == 1
                    ? ""
                    : ", for each " + what + " (" + outlook.routes() + ")"),
            Figures.NONE);
    for (ReadOutlook.Asked asked : outlook.asked().values()) {
      List<String> tasks = new ArrayList<>();
      task(tasks, asked.data(), "data", outlook);
      task(tasks, asked.digests(), "a digest", outlook);
      task(tasks, asked.spare(), "nothing, unless another is slow or fails", outlook);
      out.add(
          replicas,
          "replica",
          nodeText(asked.node()) + " is asked for " + String.join(", ", tasks),
          Figures.NONE);
    }
  }

  private static void task(List<String> tasks, int times, String what, ReadOutlook outlook) {
    if (times > 0) {
      tasks.add(what + (outlook.routes() == 1 ? "" : " (" + times + ")"));
    }
  }

  private void replicas(int read, ReadProfile profile) {
    for (ReadProfile.Replica replica : profile.replicas()) {
      List<String> did = new ArrayList<>();
      if (replica.data() > 0) {
        did.add("data " + times(replica.data()) + " (" + kilobytes(replica.bytes()) + " in all)");
      }
      if (replica.digests() > 0) {
        did.add("a digest " + times(replica.digests()));
      }
      replica.failures().forEach(failure -> did.add("no answer: " + failure));
      out.add(
          read,
          "replica",
          nodeText(replica.node())
              + " gave "
              + String.join(", ", did)
              + (replica.data() + replica.digests() > 1
                  ? "; the slowest answer took " + micros(replica.longestNanos()) + " us"
                  : "")
              + (replica.looked() == null ? "" : ": " + merged(replica.looked())),
          new Figures(
              replica.looked() == null ? null : (long) replica.looked().files(),
              null,
              null,
              null,
              micros(replica.nanos())));
    }
  }

  /**
   * What happens to rows that were read.
   *
   * @param passed how many remained behind the filter, or null
   * @param rows how many the page has, or null
   * @param more whether there is another page, or null
   */
  private void after(int root, Long passed, Integer rows, Boolean more) {
    if (restrictions.needsFilter()) {
      out.add(
          root,
          "filter",
          String.join(" AND ", restrictions.filterTexts(evaluation)) + ", after reading",
          passed == null ? Figures.NONE : Figures.rows(passed));
    }
    if (!plan.grouping().isEmpty()) {
      out.add(root, "group", "neighbouring rows with the same values of GROUP BY", Figures.NONE);
    }
    if (!plan.aggregates().isEmpty() && plan.grouping().isEmpty()) {
      out.add(root, "aggregate", "all rows become one", Figures.NONE);
    }
    if (!plan.sorting().isEmpty()) {
      out.add(
          root,
          "sort",
          "the rows of all partitions, in memory, by "
              + plan.sorting().stream()
                  .map(sort -> name(sort.columnId()) + (sort.descending() ? " DESC" : " ASC"))
                  .collect(Collectors.joining(", ")),
          Figures.NONE);
    }
    limits(root);
    if (options.pageSize() > 0 && SelectExecution.isPaged(plan, options)) {
      String last =
          more == null ? "" : more ? "; this one is full, more rows follow" : "; the last";
      out.add(
          root,
          "page",
          "at most " + count(options.pageSize(), "row") + last,
          rows == null ? Figures.NONE : Figures.rows(rows));
    }
  }

  private void limits(int root) {
    int perPartition = plan.perPartitionLimit(evaluation);
    int limit = plan.limit(evaluation);
    List<String> texts = new ArrayList<>();
    if (perPartition != Integer.MAX_VALUE) {
      texts.add(perPartition + " of each partition");
    }
    if (limit != Integer.MAX_VALUE) {
      texts.add(limit + " in all");
    }
    if (!texts.isEmpty()) {
      out.add(root, "limit", String.join(", ", texts), Figures.NONE);
    }
  }

  private String name(int columnId) {
    return plan.table().columns().stream()
        .filter(column -> column.id() == columnId)
        .map(ColumnDefinition::name)
        .map(CqlNames::quoted)
        .findFirst()
        .orElseThrow();
  }

  private void warnOfPlan() {
    if (plan.table().isVirtual() || isEmpty()) {
      return;
    }
    if (restrictions.needsFilter()) {
      out.warn(
          "It filters: rows are read first, and then left out by %s. What it costs grows with what"
              + " is read, not with what is found; a table whose primary key begins with these"
              + " columns would be read directly.",
          String.join(" AND ", restrictions.filterTexts(evaluation)));
    }
    if (keys == null && restrictions.tokenTexts(evaluation).isEmpty()) {
      out.warn(
          plan.limit(evaluation) == Integer.MAX_VALUE || plan.isAggregate()
              ? "It reads the whole table, from all nodes that have a part of it. Name partitions,"
                  + " or read ranges of token(...) one by one, several at once."
              : "It reads the table from its beginning until the limit is reached.");
    }
    if (keys != null && keys.size() > MANY_PARTITIONS) {
      out.warn(
          "It reads %d partitions through this node. A statement for each,"
              + " several at once, goes straight to the replicas, and one that fails fails alone.",
          keys.size());
    }
    if (!plan.sorting().isEmpty()) {
      out.warn("It sorts: all rows are read into memory before the first is given.");
    }
  }

  private static String nodeText(NodeInfo node) {
    return node.address() + " (" + node.datacenter() + ", " + node.rack() + ")";
  }

  private static String times(int count) {
    return count(count, "time");
  }

  private static String count(long count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }

  private static String kilobytes(long bytes) {
    return bytes < 10_000 ? bytes + " bytes" : (bytes + 512) / 1024 + " KiB";
  }
}
