package io.ilion.coordinator.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.data.RowReader;
import io.ilion.model.data.RowWriter;
import org.junit.jupiter.api.Test;

class RowsReadTest {
  private static final byte[] DEAD = {1};
  private static final byte[] LIVE = {2};

  private static final int COLUMN = 3;
  private static final int NO_COLUMN = 2;

  private static RowReader dead() {
    RowWriter row = new RowWriter().deletion(30, 4);
    return new RowReader().wrap(row.array(), 0, row.size());
  }

  private static RowReader live() {
    RowWriter row = new RowWriter().liveness(10);
    return new RowReader().wrap(row.array(), 0, row.size());
  }

  @Test
  void whoWantsTheFirstRowKeepsNothingOfTheDeadBefore() {
    RowsRead rows = new RowsRead(id -> id == COLUMN, 100, true, failure -> {});
    assertThat(rows.row(DEAD, 0, 1, dead())).isTrue();
    assertThat(rows.image(DEAD)).isNull();
    assertThat(rows.row(LIVE, 0, 1, live())).isFalse();
    assertThat(rows.firstKey()).containsExactly(2);
    assertThat(rows.row(null, LIVE)).isNotNull();
  }

  @Test
  void whoNamesRowsHasWhatIsLeftOfDeadOnesToo() {
    RowsRead rows = new RowsRead(id -> id == COLUMN, 100, false, failure -> {});
    assertThat(rows.row(DEAD, 0, 1, dead())).isTrue();
    assertThat(rows.image(DEAD)).isNotNull();
    assertThat(rows.row(null, DEAD)).isNull();
  }

  @Test
  void rowsWithNothingOfTheColumnsAreNone() {
    RowsRead rows = new RowsRead(id -> id == COLUMN, 100, false, failure -> {});
    rows.staticRow(cell(NO_COLUMN));
    rows.row(DEAD, 0, 1, cell(NO_COLUMN));
    rows.row(LIVE, 0, 1, cell(COLUMN));
    assertThat(rows.row(null, null)).isNull();
    assertThat(rows.row(null, DEAD)).isNull();
    assertThat(rows.row(null, LIVE)).isNotNull();
    assertThat(rows.firstKey()).isEqualTo(LIVE);
  }

  private static RowReader cell(int column) {
    RowWriter row = new RowWriter().cell(column, null, 10, 0, 0, new byte[4]);
    return new RowReader().wrap(row.array(), 0, row.size());
  }
}
