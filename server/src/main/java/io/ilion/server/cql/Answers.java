package io.ilion.server.cql;

import io.ilion.coordinator.read.Rows;
import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;
import io.ilion.protocol.Digest;
import io.ilion.protocol.Opcode;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.RowsMetadata;
import io.ilion.protocol.RowsWriter;
import io.ilion.server.Exchange;
import io.netty.buffer.ByteBuf;

/** Writes the commonest answers. */
final class Answers {
  private Answers() {}

  /**
   * Answers with rows.
   *
   * @param knownMetadata the id of what the client knows of the columns, or null
   */
  static void rows(
      Exchange exchange,
      RowsMetadata columns,
      Rows rows,
      QueryParameters parameters,
      Digest knownMetadata) {
    try {
      boolean changed = knownMetadata != null && !columns.id().equals(knownMetadata);
      ByteBuf out = exchange.begin(Opcode.RESULT);
      RowsWriter writer =
          new RowsWriter(
              out,
              exchange.version(),
              columns,
              changed || !parameters.skipMetadata(),
              changed ? columns.id() : null);
      Rows.Cells cells = rows.cells();
      if (cells != null) {
        writer.rows(cells.array(), cells.length(), cells.rowCount());
      }
      for (byte[][] row : rows.rows()) {
        for (byte[] cell : row) {
          writer.cell(cell);
        }
        writer.endRow();
      }
      writer.finish(rows.pagingState());
      exchange.end(null, rows.warnings(), null);
    } catch (RuntimeException e) {
      exchange.fail(e);
    } catch (OutOfMemoryError e) {
      // Of network buffers, most likely: what was begun is given up, and there is room again.
      exchange.fail(new CqlException(ErrorCode.OVERLOADED, "no memory to write the answer"));
    }
  }

  /** Answers that something is done, or why it is not, if nobody answered yet. */
  static void done(Exchange exchange, Throwable failure) {
    if (!exchange.claim()) {
      return;
    }
    if (failure == null) {
      exchange.respondVoid();
    } else {
      exchange.fail(failure);
    }
  }
}
