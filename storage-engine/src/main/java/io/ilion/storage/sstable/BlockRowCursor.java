package io.ilion.storage.sstable;

import io.ilion.storage.EntryCursor;

/** Over rows and markers in blocks, which are read in place. */
abstract class BlockRowCursor extends EntryCursor {
  final BlockReader reader;

  BlockRowCursor(BlockReader reader) {
    this.reader = reader;
  }

  /** A step that arrived at the row or marker that the reader has read. */
  final Step entry() {
    keyArray = reader.bytes();
    keyOffset = reader.keyOffset;
    keyLength = reader.keyLength;
    if (reader.kind == SSTableWriter.ROW) {
      imageArray = keyArray;
      imageOffset = reader.imageOffset;
      imageLength = reader.imageLength;
      return Step.ROW;
    }
    before = reader.deletion();
    after = reader.after();
    return Step.MARKER;
  }
}
