package io.ilion.coordinator.batch;

import io.ilion.coordinator.WriteCallback;
import java.util.List;
import java.util.UUID;

/** Keeps the entries of the batchlog. Safe to call from any lane; callbacks come on any lane. */
public interface BatchStore {

  /**
   * A batch that may not have been applied wholly.
   *
   * @param id a timeuuid; its time is that of the batch
   * @param updates of one partition each, as {@code io.ilion.model.data.UpdateReader} lays them out
   */
  record Entry(UUID id, List<byte[]> updates) {}

  /** Keeps an entry; it is durable when the callback says so. */
  void put(Entry entry, WriteCallback callback);

  /** Removes an entry, if it is there. */
  void remove(UUID id, WriteCallback callback);

  /**
   * Gives some of the entries, in the store's own order. All that it gives is durable.
   *
   * @param after where to go on, or null for the beginning
   */
  void list(UUID after, ListCallback callback);

  /** Takes entries. */
  interface ListCallback {
    /** The next entries, none if there are no more; or the reason why there are none. */
    void entries(List<Entry> entries, Throwable failure);
  }
}
