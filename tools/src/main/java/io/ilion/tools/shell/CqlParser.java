package io.ilion.tools.shell;

import io.ilion.tools.shell.Lexer.Kind;
import io.ilion.tools.shell.Lexer.Token;
import java.util.ArrayList;
import java.util.List;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.EOFError;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;

/** Tells JLine whether what is typed is complete, and which word the cursor stands in. */
final class CqlParser implements Parser {
  @Override
  public ParsedLine parse(String line, int cursor, ParseContext context) {
    if (context == ParseContext.ACCEPT_LINE && !StatementSplitter.isComplete(line)) {
      throw new EOFError(-1, -1, "The statement has no end yet");
    }
    List<String> words = new ArrayList<>();
    int wordStart = cursor;
    int wordEnd = cursor;
    int index = -1;
    for (Token token : Lexer.tokens(line)) {
      if (token.isBlank()) {
        continue;
      }
      boolean completable =
          token.kind() == Kind.WORD
              || token.kind() == Kind.NAME
              || (token.kind() == Kind.STRING && !token.closed());
      if (completable && token.start() < cursor && cursor <= token.end()) {
        index = words.size();
        wordStart = token.start();
        wordEnd = token.end();
      }
      if (token.start() >= cursor && index < 0) {
        index = words.size();
        words.add("");
      }
      words.add(token.in(line));
    }
    if (index < 0) {
      index = words.size();
      words.add("");
    }
    return new Line(line, cursor, words, index, wordStart, wordEnd);
  }

  private record Line(
      String line, int cursor, List<String> words, int wordIndex, int wordStart, int wordEnd)
      implements CompletingParsedLine {
    @Override
    public CharSequence escape(CharSequence candidate, boolean complete) {
      return candidate;
    }

    @Override
    public int rawWordCursor() {
      return cursor - wordStart;
    }

    @Override
    public int rawWordLength() {
      return wordEnd - wordStart;
    }

    @Override
    public String word() {
      return line.substring(wordStart, wordEnd);
    }

    @Override
    public int wordCursor() {
      return cursor - wordStart;
    }
  }
}
