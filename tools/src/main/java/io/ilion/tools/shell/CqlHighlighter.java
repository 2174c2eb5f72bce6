package io.ilion.tools.shell;

import io.ilion.tools.shell.Lexer.Token;
import org.jline.reader.Highlighter;
import org.jline.reader.LineReader;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/** Colours what is being typed. */
final class CqlHighlighter implements Highlighter {
  private static final AttributedStyle KEYWORD =
      AttributedStyle.BOLD.foreground(AttributedStyle.BLUE);
  private static final AttributedStyle STRING =
      AttributedStyle.DEFAULT.foreground(AttributedStyle.YELLOW);
  private static final AttributedStyle NUMBER =
      AttributedStyle.DEFAULT.foreground(AttributedStyle.GREEN);
  private static final AttributedStyle COMMENT = AttributedStyle.DEFAULT.faint();

  @Override
  public AttributedString highlight(LineReader reader, String text) {
    AttributedStringBuilder out = new AttributedStringBuilder(text.length());
    for (Token token : Lexer.tokens(text)) {
      AttributedStyle style =
          switch (token.kind()) {
            case WORD -> Keywords.contains(token.in(text)) ? KEYWORD : AttributedStyle.DEFAULT;
            case STRING -> STRING;
            case NUMBER -> NUMBER;
            case COMMENT -> COMMENT;
            case NAME, SPACE, SEMICOLON, SYMBOL -> AttributedStyle.DEFAULT;
          };
      out.styled(style, token.in(text));
    }
    return out.toAttributedString();
  }
}
