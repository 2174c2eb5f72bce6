package io.ilion.storage;

import io.ilion.model.data.Deletion;

/** Shows another cursor as it is; what extends it changes what it overrides. */
public abstract class ForwardingPartitionCursor implements PartitionCursor {
  /** What is shown. */
  protected PartitionCursor source;

  /** Shows a source, and closes it when closed. */
  protected ForwardingPartitionCursor(PartitionCursor source) {
    this.source = source;
  }

  @Override
  public Step next() {
    return source.next();
  }

  @Override
  public void awaitBlock(Runnable resume) {
    source.awaitBlock(resume);
  }

  @Override
  public long token() {
    return source.token();
  }

  @Override
  public byte[] partitionKey() {
    return source.partitionKey();
  }

  @Override
  public Deletion partitionDeletion() {
    return source.partitionDeletion();
  }

  @Override
  public byte[] staticRow() {
    return source.staticRow();
  }

  @Override
  public RowCursor rows(Slices slices, boolean reversed) {
    return source.rows(slices, reversed);
  }

  @Override
  public void close() {
    source.close();
  }
}
