package io.ilion.protocol;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** The answers to statements: messages of the kind RESULT. */
public sealed interface Result extends Response
    permits Result.Void,
        Result.Rows,
        Result.SetKeyspace,
        Result.Prepared,
        Result.SchemaChanged,
        PackedRows {

  @Override
  default Opcode opcode() {
    return Opcode.RESULT;
  }

  /** The statement was executed and has nothing to show. */
  record Void() implements Result {}

  /**
   * Rows in memory, as a client receives them. Servers write theirs with a {@link RowsWriter}.
   *
   * @param metadata the columns; null when the client asked to leave them out
   * @param columnCount the number of columns
   * @param changedMetadataId the new id of the columns, when they changed (version 5), or null
   * @param pagingState where the next page begins, or null after the last
   * @param rows the values of each row, null for CQL's null
   */
  record Rows(
      RowsMetadata metadata,
      int columnCount,
      Digest changedMetadataId,
      byte[] pagingState,
      List<byte[][]> rows)
      implements Result {}

  /** The connection's keyspace is now this one. */
  record SetKeyspace(String keyspace) implements Result {}

  /**
   * A statement was prepared.
   *
   * @param id its id
   * @param resultMetadataId the id of its result's columns (version 5, else null)
   * @param variables the bound variables
   * @param partitionKeyIndexes for each component of the partition key the index of its variable,
   *     or empty when they are not all variables (version 4 and later)
   * @param columns the columns of the result; without any for statements that return no rows
   */
  record Prepared(
      Digest id,
      Digest resultMetadataId,
      RowsMetadata variables,
      int[] partitionKeyIndexes,
      RowsMetadata columns)
      implements Result {
    @Override
    public boolean equals(Object other) {
      return other instanceof Prepared that
          && id.equals(that.id)
          && Objects.equals(resultMetadataId, that.resultMetadataId)
          && variables.equals(that.variables)
          && Arrays.equals(partitionKeyIndexes, that.partitionKeyIndexes)
          && columns.equals(that.columns);
    }

    @Override
    public int hashCode() {
      return id.hashCode();
    }
  }

  /** The schema was changed. */
  record SchemaChanged(Event.SchemaChange change) implements Result {}
}
