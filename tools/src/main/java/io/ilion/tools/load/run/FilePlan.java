package io.ilion.tools.load.run;

import io.ilion.driver.PreparedStatement;
import io.ilion.tools.load.codec.FieldCodec;
import io.ilion.tools.load.format.RecordFormat;

/**
 * How the records of a file become rows.
 *
 * @param source the name of the file
 * @param format how its records are written
 * @param statement what writes a row
 * @param names the names of its markers
 * @param fields for each marker the name of its field, or null
 * @param positions for each marker the place of its field, or -1 if it is known by its name
 * @param codecs for each marker how its field is read
 * @param required for each marker whether it is of the key and has to have a value
 * @param rowMarkers the markers of the clustering columns; null if it is not known which they are
 * @param statics how records without a row are loaded; null if there can be none
 * @param fieldCount how many fields a record has, or -1 if that is not known
 * @param header the first record as it was, or null
 */
public record FilePlan(
    String source,
    RecordFormat format,
    PreparedStatement statement,
    String[] names,
    String[] fields,
    int[] positions,
    FieldCodec[] codecs,
    boolean[] required,
    int[] rowMarkers,
    Statics statics,
    int fieldCount,
    byte[] header) {

  /**
   * How records are loaded that have nothing but static columns.
   *
   * @param statement has the markers of {@code kept}, in their order
   * @param kept for each marker of a row's statement whether this one has it too
   * @param columns the markers of static columns among those
   */
  public record Statics(PreparedStatement statement, boolean[] kept, int[] columns) {}

  /** What writes a row, or the static columns of a partition. */
  PreparedStatement statement(boolean isStatic) {
    return isStatic ? statics.statement() : statement;
  }
}
