package io.ilion.coordinator.replica.read;

import io.ilion.runtime.Lane;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Says what others cannot read of this node since it is damaged: one line for each file, with how
 * often that was met, since one damaged block may be met by thousands of reads. Any thread may
 * tell.
 */
final class DamageReports {
  private static final long WINDOW_NANOS = 10_000_000_000L;
  private static final int MOST_FILES = 100;
  private static final String OTHERS = "further files";

  private final Lane lane;
  private final Consumer<String> lines;
  private Map<String, Damage> met = new LinkedHashMap<>();

  /** What was met first of a file, and how often anything was. */
  private static final class Damage {
    private final String first;
    private long times;

    Damage(String first) {
      this.first = first;
    }
  }

  /**
   * Nothing was met so far.
   *
   * @param lane on which lines are given, some seconds after the first of them
   */
  DamageReports(Lane lane, Consumer<String> lines) {
    this.lane = lane;
    this.lines = lines;
  }

  /**
   * Something was met.
   *
   * @param what names the file, and then where it is damaged
   */
  void met(String what) {
    String file = what == null ? OTHERS : what.replaceFirst(" at offset .*", "");
    boolean isFirst;
    synchronized (this) {
      isFirst = met.isEmpty();
      if (met.size() >= MOST_FILES && !met.containsKey(file)) {
        file = OTHERS;
      }
      met.computeIfAbsent(file, known -> new Damage(what)).times++;
    }
    if (isFirst) {
      lane.schedule(WINDOW_NANOS, this::report);
    }
  }

  private void report() {
    List<Damage> all;
    synchronized (this) {
      all = new ArrayList<>(met.values());
      met = new LinkedHashMap<>();
    }
    for (Damage damage : all) {
      lines.accept("%s; met %d times".formatted(damage.first, damage.times));
    }
  }
}
