package io.ilion.server.operations;

/** What a long operation says of itself while it runs. Any thread may call any of it. */
public interface Progress {
  /** Goes nowhere. */
  Progress NONE =
      new Progress() {
        @Override
        public void at(long done, long total, String unit) {
          // Nobody asks.
        }

        @Override
        public void say(String message) {
          // Nobody asks.
        }

        @Override
        public boolean isCancelled() {
          return false;
        }

        @Override
        public void onCancel(Runnable action) {
          // It never is.
        }
      };

  /**
   * How far it is.
   *
   * @param total as far as it is known, or 0
   * @param unit of both, in the plural, such as "bytes" or "ranges"
   */
  void at(long done, long total, String unit);

  /** What it does now, in a few words, such as "streaming from 10.0.0.2". */
  void say(String message);

  /** Whether somebody wants it to stop; it then should, where that does no harm. */
  boolean isCancelled();

  /** Runs the action once when somebody wants it to stop; at once if so already. */
  void onCancel(Runnable action);
}
