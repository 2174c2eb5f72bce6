package io.ilion.tools.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.tools.console.TableText.Align;
import org.junit.jupiter.api.Test;

class TableTextTest {
  @Test
  void numbersStandToTheRightAndTextsToTheLeft() {
    TableText table = new TableText(Style.PLAIN).column("table").column("rows", Align.RIGHT);
    table.row("book", 17).row("author", null);
    assertThat(table.lines())
        .containsExactly(" table  | rows", "--------+------", " book   |   17", " author |     ");
  }

  @Test
  void whatIsWideCountsAsItIsShown() {
    TableText table = new TableText(Style.PLAIN).column("a").column("b");
    table.row("日本", "x").row("e\u0301", "y");
    assertThat(table.lines())
        .containsExactly(" a    | b", "------+---", " 日本 | x", " e\u0301    | y");
  }

  @Test
  void coloursDoNotMoveAnything() {
    Style coloured = Style.of(true, true, 80);
    TableText table = new TableText(coloured).column("a").column("b", Align.RIGHT);
    table.row(new TableText.Cell("null", Style.Tone.NULL), "1");
    assertThat(table.lines().getLast()).isEqualTo(" \u001b[31mnull\u001b[0m | 1");
    assertThat(table.lines().getFirst()).isEqualTo(" \u001b[1ma\u001b[0m    | \u001b[1mb\u001b[0m");
  }

  @Test
  void aRowCanStandOnLinesOfItsOwn() {
    TableText table = new TableText(Style.PLAIN).column("id").column("title");
    table.row("1", "Iliad").row("2", "Odyssey");
    assertThat(table.expanded(3))
        .containsExactly(
            "@ Row 3",
            "-------+--------",
            " id    | 1",
            " title | Iliad",
            "",
            "@ Row 4",
            "-------+--------",
            " id    | 2",
            " title | Odyssey",
            "");
  }
}
