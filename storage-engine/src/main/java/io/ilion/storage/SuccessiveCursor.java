package io.ilion.storage;

/** Shows one source after another; their tokens ascend. */
public abstract class SuccessiveCursor extends ForwardingPartitionCursor {
  /** The source is null between two of them. */
  protected SuccessiveCursor() {
    super(null);
  }

  /** The next source, which this closes; null for no more. */
  protected abstract PartitionCursor nextSource();

  @Override
  public Step next() {
    while (true) {
      if (source == null) {
        source = nextSource();
        if (source == null) {
          return Step.END;
        }
      }
      Step step = source.next();
      if (step != Step.END) {
        return step;
      }
      close();
    }
  }

  @Override
  public void close() {
    if (source != null) {
      source.close();
      source = null;
    }
  }
}
