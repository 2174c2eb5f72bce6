package io.ilion.tools.shell;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What may come next behind the words of a statement, in the order in which it is offered. */
final class Choices {
  private final StatementWords words;
  private final Set<String> found;

  Choices(StatementWords words) {
    this(words, new LinkedHashSet<>());
  }

  private Choices(StatementWords words, Set<String> found) {
    this.words = words;
    this.found = found;
  }

  /** The same choices, for a statement that begins at a later word of this one. */
  Choices from(int index) {
    return new Choices(words.from(index), found);
  }

  /** The words before the place in question. */
  StatementWords words() {
    return words;
  }

  Set<String> found() {
    return found;
  }

  void add(String... some) {
    found.addAll(List.of(some));
  }

  void addAll(Collection<String> some) {
    found.addAll(some);
  }

  void addUnlessUsed(String... some) {
    for (String word : some) {
      if (!words.contains(word)) {
        found.add(word);
      }
    }
  }

  void removeAll(Collection<String> some) {
    found.removeAll(some);
  }

  void clear() {
    found.clear();
  }

  /** Adds what may stand behind the name of a command, and only there. */
  void once(List<String> some) {
    if (words.size() == 1 || (words.size() == 2 && words.first().startsWith("DESC"))) {
      found.addAll(some);
    }
  }

  /** After this word only that one makes sense. */
  void follow(String word, String next) {
    if (words.last().equals(word)) {
      found.clear();
      found.add(next);
    }
  }

  void ifNotExists() {
    if (words.size() == 2) {
      found.add("IF");
    }
    follow("IF", "NOT");
    follow("NOT", "EXISTS");
  }
}
