package io.ilion.server.cql;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.ilion.model.CqlException;
import io.ilion.model.schema.Schema;
import io.ilion.protocol.Digest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;

/**
 * The prepared statements, by id, within a budget of bytes; what was not used for long goes, and
 * its clients prepare it again. A plan is made anew when the schema has changed since.
 */
public final class StatementCache {
  /** What a plan takes beside its text, roughly. */
  private static final int PLAN_BYTES = 2048;

  private static final int LONG_CHARACTERS = 4096;
  private static final int SHOWN_CHARACTERS = 200;

  private final StatementPlanner planner;
  private final long mostBytes;
  private final LongAdder evicted = new LongAdder();
  private final Cache<Digest, Entry> entries;

  /**
   * A statement with its plan.
   *
   * @param keyspace that was in use when it was prepared, or null
   * @param qualified whether it names the keyspace of every table
   * @param epoch of the schema that the plan was made with
   * @param altered whether the columns of its result were others once
   */
  record Entry(
      String cql,
      String keyspace,
      boolean qualified,
      long epoch,
      PreparedPlan plan,
      boolean altered) {

    /** Whether the plan was made with this schema. */
    boolean isOf(Schema schema) {
      return epoch == schema.epoch();
    }
  }

  StatementCache(StatementPlanner planner, long bytes, Executor executor) {
    this.planner = planner;
    this.mostBytes = bytes;
    this.entries =
        Caffeine.newBuilder()
            .executor(executor)
            .maximumWeight(bytes)
            .evictionListener((id, entry, cause) -> evicted.increment())
            .weigher((Digest id, Entry entry) -> bytes(entry.cql()))
            .build();
  }

  /** What a statement takes, roughly: the plan of a long one may be many times its text. */
  private static int bytes(String cql) {
    long bytes = PLAN_BYTES + 2L * cql.length() + 64L * Math.max(0, cql.length() - LONG_CHARACTERS);
    return (int) Math.min(bytes, Integer.MAX_VALUE);
  }

  /** The text of a statement, or null if it is not there any more. */
  String textOf(Digest id) {
    Entry entry = entries.getIfPresent(id);
    return entry == null ? null : entry.cql();
  }

  /** The id of a statement, as Cassandra computes it. */
  static Digest id(String cql, String keyspace) {
    try {
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      String text = keyspace == null ? cql : keyspace + cql;
      return new Digest(md5.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has MD5", e);
    }
  }

  /**
   * Prepares a statement.
   *
   * @throws CqlException also if it would not fit
   */
  Entry prepare(String cql, String keyspace, Schema schema) {
    if (bytes(cql) > mostBytes) {
      throw CqlException.invalid(
          "Prepared statement of size %d bytes is larger than allowed maximum of %d MB: %s...",
          bytes(cql), mostBytes >> 20, cql.substring(0, Math.min(SHOWN_CHARACTERS, cql.length())));
    }
    Digest id = id(cql, keyspace);
    PreparedPlan plan = planner.plan(cql, keyspace, schema);
    Entry before = entries.getIfPresent(id);
    boolean altered =
        before != null
            && (before.altered() || !before.plan().columns().id().equals(plan.columns().id()));
    Entry entry = new Entry(cql, keyspace, planner.isQualified(cql), schema.epoch(), plan, altered);
    entries.put(id, entry);
    return entry;
  }

  /** A statement that was prepared, maybe with an earlier schema; null if it is not known. */
  Entry find(Digest id) {
    return entries.getIfPresent(id);
  }

  /** A statement that was found, planned for a schema, which takes as long as preparing it. */
  Entry current(Entry entry, Schema schema) {
    return entry.isOf(schema) ? entry : prepare(entry.cql(), entry.keyspace(), schema);
  }

  /**
   * A statement that is known.
   *
   * @param keyspace that was in use when it was prepared, or null
   */
  public record Known(byte[] id, String keyspace, String cql) {}

  /** How many statements are known. */
  public long count() {
    return entries.estimatedSize();
  }

  /** How many had to make room for others. */
  public long evicted() {
    return evicted.sum();
  }

  /** All statements that are known. */
  public List<Known> known() {
    List<Known> known = new ArrayList<>();
    entries
        .asMap()
        .forEach((id, entry) -> known.add(new Known(id.bytes(), entry.keyspace(), entry.cql())));
    return known;
  }
}
