package io.ilion.server.metrics;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;

/** What the process takes of the machine, as the virtual machine tells it. */
public final class ProcessMetrics implements MetricSource {
  private static final double NANOS = 1e-9;
  private static final double MILLIS = 1e-3;

  @Override
  public void write(MetricsText text) {
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    text.gauge("ilion_heap_used_bytes", "Heap that is in use, garbage included.")
        .value(heap.getUsed());
    text.gauge("ilion_heap_committed_bytes", "Heap that the process has of the machine.")
        .value(heap.getCommitted());
    text.gauge("ilion_heap_max_bytes", "Heap that the process may have.").value(heap.getMax());
    text.gauge("ilion_direct_memory_bytes", "Memory of buffers beside the heap.");
    for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
      text.value(pool.getMemoryUsed(), "pool", pool.getName());
    }
    text.counter("ilion_gc_seconds_total", "Time spent in collections.");
    for (GarbageCollectorMXBean gc : ManagementFactory.getGarbageCollectorMXBeans()) {
      text.value(gc.getCollectionTime() * MILLIS, "collector", gc.getName());
    }
    text.counter("ilion_gc_collections_total", "Collections of garbage.");
    for (GarbageCollectorMXBean gc : ManagementFactory.getGarbageCollectorMXBeans()) {
      text.value(gc.getCollectionCount(), "collector", gc.getName());
    }
    text.gauge("ilion_threads", "Threads of the process.")
        .value(ManagementFactory.getThreadMXBean().getThreadCount());
    text.gauge("ilion_uptime_seconds", "Time since the start of the process.")
        .value(ManagementFactory.getRuntimeMXBean().getUptime() * MILLIS);
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
