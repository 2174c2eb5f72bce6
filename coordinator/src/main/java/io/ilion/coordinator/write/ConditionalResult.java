package io.ilion.coordinator.write;

import io.ilion.model.schema.ColumnDefinition;
import java.util.List;

/**
 * The outcome of a conditional update.
 *
 * @param applied whether the conditions held and the changes were made
 * @param columns of the rows below; empty if applied or if there was no row
 * @param rows the values that the conditions looked at, in wire form
 */
public record ConditionalResult(
    boolean applied, List<ColumnDefinition> columns, List<byte[][]> rows) {
  static final ConditionalResult APPLIED = new ConditionalResult(true, List.of(), List.of());

  /** Takes the outcome, on any lane. */
  @FunctionalInterface
  public interface Callback {
    /** One of the two is null. */
    void done(ConditionalResult result, Throwable failure);
  }
}
