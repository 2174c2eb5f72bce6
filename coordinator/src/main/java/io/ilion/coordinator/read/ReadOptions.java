package io.ilion.coordinator.read;

import io.ilion.coordinator.replica.read.ReadProgress;
import io.ilion.model.Consistency;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * How a client wants to read.
 *
 * @param pageSize the most rows of a page, or 0 for all rows at once
 * @param pagingState as the last page gave it, or null for the first page
 * @param nowSeconds decides what has expired
 * @param warnings takes what the client is to be warned of, before the read is over
 * @param progress told how far replicas are
 * @param abandoned whether nobody waits for the answer any more; asked on any lane, at every row
 * @param profile notes what happens, or null if nobody wants to know
 */
public record ReadOptions(
    Consistency consistency,
    int pageSize,
    byte[] pagingState,
    long nowSeconds,
    Consumer<String> warnings,
    ReadProgress progress,
    BooleanSupplier abandoned,
    ReadProfile profile) {

  /** Ends a read that nobody waits for. */
  static void check(BooleanSupplier abandoned) {
    if (abandoned.getAsBoolean()) {
      throw new AbandonedException();
    }
  }
}
