package io.ilion.storage.engine;

import io.ilion.storage.TableFile;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Counts what becomes of files. Any thread may call any of it. */
final class ActivityCounters {
  private final AtomicLong flushes = new AtomicLong();
  private final AtomicLong flushedBytes = new AtomicLong();
  private final AtomicLong compactions = new AtomicLong();
  private final AtomicLong compactionReadBytes = new AtomicLong();
  private final AtomicLong compactionWrittenBytes = new AtomicLong();

  void flushed(TableFile file) {
    flushes.incrementAndGet();
    flushedBytes.addAndGet(file.bytes());
  }

  void compacted(List<TableFile> sources, List<TableFile> results) {
    compactions.incrementAndGet();
    compactionReadBytes.addAndGet(sources.stream().mapToLong(TableFile::bytes).sum());
    compactionWrittenBytes.addAndGet(results.stream().mapToLong(TableFile::bytes).sum());
  }

  long flushes() {
    return flushes.get();
  }

  long flushedBytes() {
    return flushedBytes.get();
  }

  long compactions() {
    return compactions.get();
  }

  long compactionReadBytes() {
    return compactionReadBytes.get();
  }

  long compactionWrittenBytes() {
    return compactionWrittenBytes.get();
  }
}
