package io.ilion.server.metrics;

import com.sun.management.GcInfo;
import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.List;

/** What the process takes of the machine, as the virtual machine tells it. */
public final class ProcessMetrics implements MetricSource {
  private static final double NANOS = 1e-9;
  private static final double MILLIS = 1e-3;

  /**
   * One of the collectors of garbage.
   *
   * @param millis that its collections took together
   * @param lastMillis that the last one took; -1 if there was none, or it is not told
   */
  public record Collector(String name, long collections, long millis, long lastMillis) {}

  /** The collectors of garbage. */
  public static List<Collector> collectors() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .map(
            gc ->
                new Collector(
                    gc.getName(), gc.getCollectionCount(), gc.getCollectionTime(), lastMillis(gc)))
        .toList();
  }

  private static long lastMillis(GarbageCollectorMXBean gc) {
    GcInfo last =
        gc instanceof com.sun.management.GarbageCollectorMXBean known
            ? known.getLastGcInfo()
            : null;
    return last == null ? -1 : last.getDuration();
  }

  /** The heap, and the buffers beside it, in bytes. */
  public record Memory(long used, long committed, long most, long direct) {}

  /** What memory is in use. */
  public static Memory memory() {
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    long direct =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    return new Memory(heap.getUsed(), heap.getCommitted(), heap.getMax(), direct);
  }

  /** How long the process runs. */
  public static long uptimeMillis() {
    return ManagementFactory.getRuntimeMXBean().getUptime();
  }

  @Override
  public void write(MetricsText text) {
    Memory memory = memory();
    text.gauge("ilion_heap_used_bytes", "Heap that is in use, garbage included.")
        .value(memory.used());
    text.gauge("ilion_heap_committed_bytes", "Heap that the process has of the machine.")
        .value(memory.committed());
    text.gauge("ilion_heap_max_bytes", "Heap that the process may have.").value(memory.most());
    text.gauge("ilion_direct_memory_bytes", "Memory of buffers beside the heap.");
    for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
      text.value(pool.getMemoryUsed(), "pool", pool.getName());
    }
    text.counter("ilion_gc_seconds_total", "Time spent in collections.");
    List<Collector> collectors = collectors();
    collectors.forEach(gc -> text.value(gc.millis() * MILLIS, "collector", gc.name()));
    text.counter("ilion_gc_collections_total", "Collections of garbage.");
    collectors.forEach(gc -> text.value(gc.collections(), "collector", gc.name()));
    text.gauge("ilion_threads", "Threads of the process.")
        .value(ManagementFactory.getThreadMXBean().getThreadCount());
    text.gauge("ilion_uptime_seconds", "Time since the start of the process.")
        .value(uptimeMillis() * MILLIS);
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      text.counter("ilion_cpu_seconds_total", "Processor time that the process has used.")
          .value(system.getProcessCpuTime() * NANOS);
      if (system instanceof UnixOperatingSystemMXBean unix) {
        text.gauge("ilion_open_files", "File descriptors that are open.")
            .value(unix.getOpenFileDescriptorCount());
        text.gauge("ilion_open_files_max", "File descriptors that may be open.")
            .value(unix.getMaxFileDescriptorCount());
      }
    }
  }
}
