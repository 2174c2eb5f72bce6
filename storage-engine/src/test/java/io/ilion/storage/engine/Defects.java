package io.ilion.storage.engine;

import io.ilion.runtime.Clock;
import io.ilion.runtime.Files;
import io.ilion.storage.TableFormat;
import java.util.function.UnaryOperator;

/**
 * What is wrong on purpose with a node, to show that histories notice.
 *
 * @param files wraps its disk
 * @param clock wraps its clock
 * @param format wraps its table files
 * @param wrongAtTies whether it and its twin disagree about ties
 */
record Defects(
    UnaryOperator<Files> files,
    UnaryOperator<Clock> clock,
    UnaryOperator<TableFormat> format,
    boolean wrongAtTies) {
  static final Defects NONE =
      new Defects(
          UnaryOperator.identity(), UnaryOperator.identity(), UnaryOperator.identity(), false);

  static Defects ofFiles(UnaryOperator<Files> files) {
    return new Defects(files, UnaryOperator.identity(), UnaryOperator.identity(), false);
  }

  static Defects ofFormat(UnaryOperator<TableFormat> format) {
    return new Defects(UnaryOperator.identity(), UnaryOperator.identity(), format, false);
  }
}
