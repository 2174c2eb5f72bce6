package io.ilion.storage;

import io.ilion.model.data.Deletion;

/**
 * Shows another cursor as it is, and one after the other; what extends it changes what it
 * overrides.
 */
public abstract class ForwardingRowCursor implements RowCursor {
  /** What is shown; null before the first {@link #begin}. */
  protected RowCursor rows;

  /** Shows the rows of a source, from where it is. */
  public RowCursor begin(RowCursor source) {
    rows = source;
    return this;
  }

  @Override
  public Step next() {
    return rows.next();
  }

  @Override
  public void awaitBlock(Runnable resume) {
    rows.awaitBlock(resume);
  }

  @Override
  public byte[] keyArray() {
    return rows.keyArray();
  }

  @Override
  public int keyOffset() {
    return rows.keyOffset();
  }

  @Override
  public int keyLength() {
    return rows.keyLength();
  }

  @Override
  public byte[] imageArray() {
    return rows.imageArray();
  }

  @Override
  public int imageOffset() {
    return rows.imageOffset();
  }

  @Override
  public int imageLength() {
    return rows.imageLength();
  }

  @Override
  public Deletion before() {
    return rows.before();
  }

  @Override
  public Deletion after() {
    return rows.after();
  }
}
