package io.ilion.storage.engine;

import io.ilion.storage.TableOptions;
import io.ilion.storage.memtable.Memtable;
import java.util.concurrent.atomic.AtomicLong;

/** One table on one lane. The lane alone changes it; figures may be read by any thread. */
final class LaneTable {
  private volatile TableOptions options;
  private Memtable active = new Memtable();
  private final AtomicLong memtableBytes = new AtomicLong();

  LaneTable(TableOptions options) {
    this.options = options;
  }

  TableOptions options() {
    return options;
  }

  void setOptions(TableOptions newOptions) {
    options = newOptions;
  }

  Memtable active() {
    return active;
  }

  void grew(long bytes) {
    memtableBytes.lazySet(memtableBytes.get() + bytes);
  }

  long memtableBytes() {
    return memtableBytes.get();
  }

  void clear() {
    active = new Memtable();
    memtableBytes.lazySet(0);
  }
}
