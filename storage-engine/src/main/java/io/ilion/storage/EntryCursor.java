package io.ilion.storage;

import io.ilion.model.data.Deletion;

/**
 * Keeps where the key of the entry is that a step arrived at, and a row's image or a marker's
 * deletions. What extends it finds the entries.
 */
public abstract class EntryCursor implements RowCursor {
  private static final byte[] NO_KEY = {};

  protected byte[] keyArray = NO_KEY;
  protected int keyOffset;
  protected int keyLength;

  /** Of a row only. */
  protected byte[] imageArray;

  protected int imageOffset;
  protected int imageLength;

  /** Of a marker only. */
  protected Deletion before = Deletion.NONE;

  protected Deletion after = Deletion.NONE;

  /** Takes the key of the entry that another cursor arrived at, and the image or the deletions. */
  protected final void take(RowCursor other, Step step) {
    if (other instanceof EntryCursor entry) {
      keyArray = entry.keyArray;
      keyOffset = entry.keyOffset;
      keyLength = entry.keyLength;
      imageArray = entry.imageArray;
      imageOffset = entry.imageOffset;
      imageLength = entry.imageLength;
    } else {
      keyArray = other.keyArray();
      keyOffset = other.keyOffset();
      keyLength = other.keyLength();
      if (step == Step.ROW) {
        imageArray = other.imageArray();
        imageOffset = other.imageOffset();
        imageLength = other.imageLength();
      }
    }
    if (step == Step.MARKER) {
      before = other.before();
      after = other.after();
    }
  }

  /** A step that arrived at a marker. */
  protected final Step marker(byte[] position, Deletion lower, Deletion upper) {
    keyArray = position;
    keyOffset = 0;
    keyLength = position.length;
    before = lower;
    after = upper;
    return Step.MARKER;
  }

  @Override
  public final byte[] keyArray() {
    return keyArray;
  }

  @Override
  public final int keyOffset() {
    return keyOffset;
  }

  @Override
  public final int keyLength() {
    return keyLength;
  }

  @Override
  public final byte[] imageArray() {
    return imageArray;
  }

  @Override
  public final int imageOffset() {
    return imageOffset;
  }

  @Override
  public final int imageLength() {
    return imageLength;
  }

  @Override
  public final Deletion before() {
    return before;
  }

  @Override
  public final Deletion after() {
    return after;
  }
}
