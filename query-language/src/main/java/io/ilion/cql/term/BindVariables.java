package io.ilion.cql.term;

import io.ilion.cql.ast.Term.BindMarker;
import java.util.ArrayList;
import java.util.List;

/** The bind variables of a statement, found as its terms are prepared. */
public final class BindVariables {
  private final List<Receiver> receivers = new ArrayList<>();

  /** Notes what a marker binds; its name, if it has one, becomes the variable's. */
  void add(BindMarker marker, Receiver receiver) {
    while (receivers.size() <= marker.index()) {
      receivers.add(null);
    }
    receivers.set(
        marker.index(),
        marker.name() == null ? receiver : receiver.with(marker.name(), receiver.type()));
  }

  /** The variables in the order of their markers. */
  public List<Receiver> list() {
    return List.copyOf(receivers);
  }

  /** Their number. */
  public int size() {
    return receivers.size();
  }
}
