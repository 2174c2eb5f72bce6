package io.ilion.storage.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.data.UpdateReader;
import io.ilion.storage.NaiveStore;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.engine.HistoryTable.Outcome;
import io.ilion.storage.engine.HistoryTable.Write;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What has to be there after a restart: of each table and lane (as lanes were when it was written)
 * everything that was acknowledged, and of what was not a beginning.
 */
final class HistoryRecovery {
  private final History history;

  HistoryRecovery(History history) {
    this.history = history;
  }

  /** The lines of each partition as one. */
  static List<String> blocks(List<String> lines) {
    List<String> blocks = new ArrayList<>();
    for (String line : lines) {
      if (line.startsWith("partition")) {
        blocks.add(line);
      } else {
        blocks.add(blocks.removeLast() + "\n" + line);
      }
    }
    return blocks;
  }

  /** The blocks by the hexadecimal key of their partition. */
  private static Map<String, String> byKey(List<String> lines) {
    Map<String, String> found = new HashMap<>();
    for (String block : blocks(lines)) {
      found.put(block.split("[ \n]")[2], block);
    }
    return found;
  }

  void verify(List<HistoryTable> tables, boolean powerFailed) {
    boolean mayForget = powerFailed && history.losesAcknowledged();
    for (HistoryTable table : tables) {
      if (!table.dropping) {
        history.putAgain(table);
        history.discardAgain(table);
        verify(table, mayForget);
      }
      history.repeatUnfinished(table);
    }
  }

  private Map<String, String> found(HistoryTable table, long now) {
    List<String> lines = new ArrayList<>();
    for (int lane = 0; lane < history.lanes(); lane++) {
      lines.addAll(history.scan(lane, table, now));
    }
    return byKey(lines);
  }

  private void verify(HistoryTable table, boolean mayForget) {
    long now = history.now();
    Map<String, String> found = found(table, now);
    if (table.truncating && (found.isEmpty() || !table.doubtful.isEmpty())) {
      return;
    }
    // A write that failed may have survived or not: written once more it is certainly there.
    List<Write> failed = List.copyOf(table.failed);
    List<Write> again = failed.stream().map(w -> new Write(w.update)).toList();
    if (!again.isEmpty()) {
      history.writeAgain(table, again);
      found = found(table, now);
    }
    List<Write> durable = table.writes.stream().filter(w -> w.durable).toList();
    List<Write> survivors = new ArrayList<>(durable);
    List<Write> doubtful = new ArrayList<>();
    Map<Integer, List<Write>> byLane = new TreeMap<>();
    table.writes.stream()
        .filter(w -> !w.durable)
        .forEach(
            w -> byLane.computeIfAbsent(Lanes.of(w.token, w.lanes), l -> new ArrayList<>()).add(w));
    for (List<Write> ofLane : byLane.values()) {
      surviving(table, failed, durable, ofLane, found, mayForget, now, survivors, doubtful);
    }
    table.reset(survivors);
    table.failed.clear();
    again.forEach(w -> (w.outcome == Outcome.FAILED ? table.failed : table.writes).add(w));
    NaiveStore twin = table.rebuildTwin();
    Map<String, String> expected = byKey(twin.scan(PartitionRange.ALL, Slices.ALL, false, now));
    Map<String, String> surplus = new HashMap<>(found);
    surplus.entrySet().removeAll(expected.entrySet());
    expected.entrySet().removeAll(found.entrySet());
    assertThat(surplus).describedAs("%s: after a restart", history.describe()).isEqualTo(expected);
    doubtful.forEach(write -> history.write(table, new Write(write.update)));
  }

  /** Sorts the writes of a lane since the last restart into those that are there and the rest. */
  private void surviving(
      HistoryTable table,
      List<Write> failed,
      List<Write> durable,
      List<Write> writes,
      Map<String, String> found,
      boolean mayForget,
      long now,
      List<Write> survivors,
      List<Write> doubtful) {
    int certain = 0;
    for (int i = 0; i < writes.size() && !mayForget; i++) {
      if (writes.get(i).outcome == Outcome.ACKNOWLEDGED) {
        certain = i + 1;
      }
    }
    Map<String, Write> touched = new LinkedHashMap<>();
    writes.subList(certain, writes.size()).forEach(w -> touched.put(key(w), w));
    NaiveStore twin = table.newTwin();
    for (List<Write> some : List.of(failed, durable, writes.subList(0, certain))) {
      some.stream()
          .filter(w -> touched.containsKey(key(w)))
          .forEach(w -> twin.apply(w.token, w.update));
    }
    int least = -1;
    int most = -1;
    Map<String, String> closest = null;
    for (int k = certain; k <= writes.size(); k++) {
      if (k > certain) {
        twin.apply(writes.get(k - 1).token, writes.get(k - 1).update);
      }
      Map<String, String> expected = expected(twin, touched, now);
      closest = closest == null ? expected : closest;
      if (expected.entrySet().stream()
          .allMatch(e -> e.getValue().equals(found.getOrDefault(e.getKey(), "")))) {
        least = least < 0 ? k : least;
        most = k;
      }
    }
    if (least < 0) {
      Map<String, String> here = new HashMap<>(found);
      here.keySet().retainAll(touched.keySet());
      assertThat(here)
          .describedAs(
              "%s: after a crash with %d writes certain of %d",
              history.describe(), certain, writes.size())
          .isEqualTo(closest);
      throw new AssertionError("not reached");
    }
    survivors.addAll(writes.subList(0, least));
    doubtful.addAll(writes.subList(least, most));
  }

  private static Map<String, String> expected(
      NaiveStore twin, Map<String, Write> touched, long now) {
    Map<String, String> expected = new HashMap<>();
    touched.forEach(
        (key, write) ->
            expected.put(
                key,
                String.join(
                    "\n",
                    twin.read(write.token, HexFormat.of().parseHex(key), Slices.ALL, false, now))));
    return expected;
  }

  private static String key(Write write) {
    return HexFormat.of().formatHex(new UpdateReader().wrap(write.update).partitionKey());
  }
}
