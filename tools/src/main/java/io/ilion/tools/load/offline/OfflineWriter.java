package io.ilion.tools.load.offline;

import io.ilion.model.data.UpdateReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.server.cql.DetachedWrites;
import io.ilion.storage.memtable.Memtable;
import java.io.IOException;

/** Sorts the rows of one thread in memory, and writes them as a run when there are many. */
public final class OfflineWriter {
  private final OfflineBuild build;
  private final long mostBytes;
  private final UpdateWriter encoder = new UpdateWriter();
  private final UpdateReader reader = new UpdateReader();
  private Memtable memtable = new Memtable();
  private long position;

  OfflineWriter(OfflineBuild build, long mostBytes) {
    this.build = build;
    this.mostBytes = mostBytes;
  }

  /**
   * Adds what a statement writes.
   *
   * @param values of its markers, null for null, {@code Values.UNSET} for unset
   * @throws io.ilion.model.CqlException if the values cannot be; then nothing was added
   * @throws IOException if a run cannot be written
   */
  public void add(DetachedWrites.Statement statement, byte[][] values) throws IOException {
    statement.execute(
        values,
        build.nextMicros(),
        System.currentTimeMillis(),
        encoder,
        (token, update) -> memtable.apply(token, reader.wrap(update), ++position));
    if (memtable.bytes() >= mostBytes) {
      flush();
    }
  }

  /** Writes what is in memory. */
  public void flush() throws IOException {
    if (!memtable.isEmpty()) {
      build.writeRun(memtable);
      memtable = new Memtable();
    }
  }
}
