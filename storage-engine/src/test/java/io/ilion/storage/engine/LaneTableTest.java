package io.ilion.storage.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.data.UpdateReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.storage.TableFile;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LaneTableTest {
  private static final UUID TABLE = new UUID(7, 8);

  /** Another thread may ask at any moment, and would have nothing discarded. */
  @Test
  void whatIsFlushedIsInMemoryUntilItIsInAFile() {
    LaneTable table = new LaneTable(SmallEngines.table(TABLE, 0), 0, 0, null);
    UpdateWriter writer = new UpdateWriter().begin(TABLE, new byte[] {1});
    writer.rowWriter().liveness(10);
    writer.row(new byte[] {0x20, 1});
    table.grew(table.active().apply(1, new UpdateReader().wrap(writer.toByteArray()), 1));
    table.freeze();
    List<Boolean> seen = new ArrayList<>();
    TableFile file =
        (TableFile)
            Proxy.newProxyInstance(
                TableFile.class.getClassLoader(),
                new Class<?>[] {TableFile.class},
                (proxy, method, arguments) -> {
                  seen.add(table.isEmpty());
                  return 1L;
                });
    table.flushed(file, 0);
    assertThat(seen).isNotEmpty().containsOnly(false);
    assertThat(table.memtableBytes()).isZero();
    assertThat(table.isEmpty()).isFalse();
  }
}
