package io.ilion.storage;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;

/** Hands everything on to another sink: for those who look at some of it on its way. */
public abstract class ForwardingSink implements RowSink {
  private final RowSink sink;

  protected ForwardingSink(RowSink sink) {
    this.sink = sink;
  }

  @Override
  public boolean partition(long token, byte[] partitionKey, Deletion deletion) {
    return sink.partition(token, partitionKey, deletion);
  }

  @Override
  public boolean staticRow(RowReader row) {
    return sink.staticRow(row);
  }

  @Override
  public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
    return sink.row(keyArray, keyOffset, keyLength, row);
  }

  @Override
  public void deletionMarker(long token, byte[] partitionKey) {
    sink.deletionMarker(token, partitionKey);
  }

  @Override
  public boolean wantsMarkers() {
    return sink.wantsMarkers();
  }

  @Override
  public boolean marker(RowCursor at) {
    return sink.marker(at);
  }

  @Override
  public boolean endOfPartition() {
    return sink.endOfPartition();
  }

  @Override
  public void finished() {
    sink.finished();
  }

  @Override
  public void failed(Throwable cause) {
    sink.failed(cause);
  }
}
