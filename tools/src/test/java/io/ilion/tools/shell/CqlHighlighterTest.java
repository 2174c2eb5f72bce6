package io.ilion.tools.shell;

import static org.assertj.core.api.Assertions.assertThat;

import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStyle;
import org.junit.jupiter.api.Test;

/** What is typed keeps its characters and gets colours. */
class CqlHighlighterTest {
  private static final String TYPED =
      "SELECT title FROM \"Book\" WHERE k = 12 AND t = 'it''s'; -- all\nselect 'not clos";

  private final AttributedString shown = new CqlHighlighter().highlight(null, TYPED);

  private AttributedStyle of(String word) {
    AttributedStyle style = shown.styleAt(TYPED.indexOf(word));
    for (int i = 0; i < word.length(); i++) {
      assertThat(shown.styleAt(TYPED.indexOf(word) + i)).as(word).isEqualTo(style);
    }
    return style;
  }

  @Test
  void eachKindHasItsColour() {
    assertThat(shown.toString()).isEqualTo(TYPED);
    AttributedStyle keyword = AttributedStyle.BOLD.foreground(AttributedStyle.BLUE);
    assertThat(of("SELECT")).isEqualTo(keyword);
    assertThat(of("select")).isEqualTo(keyword);
    assertThat(of("WHERE")).isEqualTo(keyword);
    assertThat(of("title")).isEqualTo(AttributedStyle.DEFAULT);
    assertThat(of("\"Book\"")).isEqualTo(AttributedStyle.DEFAULT);
    assertThat(of("12")).isEqualTo(AttributedStyle.DEFAULT.foreground(AttributedStyle.GREEN));
    AttributedStyle text = AttributedStyle.DEFAULT.foreground(AttributedStyle.YELLOW);
    assertThat(of("'it''s'")).isEqualTo(text);
    assertThat(of("'not clos")).isEqualTo(text);
    assertThat(of("-- all")).isEqualTo(AttributedStyle.DEFAULT.faint());
  }
}
