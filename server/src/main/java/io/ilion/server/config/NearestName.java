package io.ilion.server.config;

import java.util.Comparator;
import java.util.List;

/** Finds what somebody probably meant. */
final class NearestName {
  private static final int LONGEST = 200;

  private NearestName() {}

  /**
   * The name with the fewest inserted, removed or replaced characters, the first of equals; null if
   * too many would have to be.
   */
  static String of(String wrong, List<String> names) {
    String typed = wrong.substring(0, Math.min(wrong.length(), LONGEST));
    String nearest =
        names.stream().min(Comparator.comparingInt(name -> distance(typed, name))).orElseThrow();
    return distance(typed, nearest) <= Math.max(2, typed.length() / 3) ? nearest : null;
  }

  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
