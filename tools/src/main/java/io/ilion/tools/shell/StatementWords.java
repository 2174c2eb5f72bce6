package io.ilion.tools.shell;

import io.ilion.tools.shell.Lexer.Kind;
import io.ilion.tools.shell.Lexer.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The words of one statement, in capitals, and its other tokens as they are written.
 *
 * @param list in their order
 */
record StatementWords(List<String> list) {

  /** Those of the last statement of a text; a statement within a batch is one of its own. */
  static StatementWords of(String text) {
    List<String> words = new ArrayList<>();
    for (Token token : Lexer.significant(text)) {
      String word = token.in(text);
      boolean batchPart =
          token.kind() == Kind.WORD
              && words.size() >= 2
              && words.getFirst().equals("BEGIN")
              && words.contains("BATCH")
              && Keywords.STATEMENTS.contains(word.toUpperCase(Locale.ROOT));
      if (token.kind() == Kind.SEMICOLON) {
        words.clear();
      } else {
        if (batchPart) {
          words.clear();
        }
        words.add(token.kind() == Kind.WORD ? word.toUpperCase(Locale.ROOT) : word);
      }
    }
    return new StatementWords(words);
  }

  boolean isEmpty() {
    return list.isEmpty();
  }

  int size() {
    return list.size();
  }

  boolean contains(String word) {
    return list.contains(word);
  }

  /** The first place of a word, or -1. */
  int indexOf(String word) {
    return list.indexOf(word);
  }

  /** The words from a place on. */
  StatementWords from(int index) {
    return new StatementWords(list.subList(index, list.size()));
  }

  String first() {
    return list.getFirst();
  }

  String last() {
    return list.getLast();
  }

  /** The second word, which says what a definition is of; empty if there is none yet. */
  String second() {
    return list.size() > 1 ? list.get(1) : "";
  }

  /** The word so many places from the end, from 1; empty if there are fewer. */
  String fromEnd(int place) {
    return list.size() >= place ? list.get(list.size() - place) : "";
  }

  /** The name that stands behind a word: nothing, one part, or keyspace and table. */
  List<String> nameBehind(String word) {
    int at = list.indexOf(word) + 1;
    if (at == 0 || at >= list.size()) {
      return List.of();
    }
    boolean dotted = at + 2 < list.size() && list.get(at + 1).equals(".");
    return dotted ? List.of(list.get(at), list.get(at + 2)) : List.of(list.get(at));
  }
}
