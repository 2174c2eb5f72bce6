package io.ilion.server.cql;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.cql.function.NativeFunctions;
import io.ilion.model.schema.Schema;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatementCacheTest {
  private final Schema before = new Schema(1, Map.of());
  private final Schema after = new Schema(2, Map.of());
  private final StatementCache cache =
      new StatementCache(new StatementPlanner(new NativeFunctions()), 1 << 20, Runnable::run);

  /** Whoever finds it decides where it is planned anew, which may take long. */
  @Test
  void aStatementIsFoundAsItWasPlannedAndPlannedForASchemaOnRequest() {
    StatementCache.Entry made = cache.prepare("USE ks", null, before);
    StatementCache.Entry found = cache.find(StatementCache.id("USE ks", null));
    assertThat(found).isSameAs(made);
    assertThat(found.isOf(before)).isTrue();
    assertThat(found.isOf(after)).isFalse();

    assertThat(cache.current(found, before)).isSameAs(found);
    StatementCache.Entry current = cache.current(found, after);
    assertThat(current.isOf(after)).isTrue();
    assertThat(cache.find(StatementCache.id("USE ks", null))).isSameAs(current);
    assertThat(cache.find(StatementCache.id("USE ks", "ks"))).isNull();
  }
}
