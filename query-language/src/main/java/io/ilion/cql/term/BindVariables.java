package io.ilion.cql.term;

import io.ilion.cql.ast.Term.BindMarker;
import io.ilion.model.CqlException;
import io.ilion.model.schema.TableDefinition;
import java.util.ArrayList;
import java.util.List;

/** The bind variables of a statement, found as its terms are prepared. */
public final class BindVariables {
  private final List<Receiver> receivers = new ArrayList<>();
  private final List<String> targets = new ArrayList<>();

  /** Notes what a marker binds; its name, if it has one, becomes the variable's. */
  void add(BindMarker marker, Receiver receiver) {
    while (receivers.size() <= marker.index()) {
      receivers.add(null);
      targets.add(null);
    }
    targets.set(marker.index(), receiver.name());
    receivers.set(
        marker.index(),
        marker.name() == null ? receiver : receiver.with(marker.name(), receiver.type()));
  }

  /** The variables in the order of their markers. */
  public List<Receiver> list() {
    if (receivers.contains(null)) {
      // Its place was taken by another, as of two timestamps only the last counts.
      throw CqlException.invalid("Invalid amount of bind variables");
    }
    return List.copyOf(receivers);
  }

  /**
   * For each column of a table's partition key the index of the last variable that is a value of
   * it; empty unless all columns have one.
   */
  public int[] partitionKeyIndexes(TableDefinition table) {
    int[] indexes = new int[table.partitionKey().size()];
    for (int i = 0; i < indexes.length; i++) {
      indexes[i] = targets.lastIndexOf(table.partitionKey().get(i).name());
      if (indexes[i] < 0) {
        return new int[0];
      }
    }
    return indexes;
  }
}
