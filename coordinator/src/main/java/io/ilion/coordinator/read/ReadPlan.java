package io.ilion.coordinator.read;

import io.ilion.cql.select.SelectPlan;

/** A SELECT with what its reads need that is the same for every execution. */
public final class ReadPlan {
  private final SelectPlan select;
  private final ColumnLayout layout;
  private final PlainSelect plain;

  /** Prepares the reads of a statement. */
  public ReadPlan(SelectPlan select) {
    this.select = select;
    this.layout = new ColumnLayout(select.table(), select.neededColumns());
    this.plain = PlainSelect.of(select);
  }

  /** The statement. */
  public SelectPlan select() {
    return select;
  }

  ColumnLayout layout() {
    return layout;
  }

  /** The short way, or null if the statement has none. */
  PlainSelect plain() {
    return plain;
  }
}
