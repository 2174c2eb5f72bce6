package io.ilion.coordinator.read;

import io.ilion.cql.select.SelectPlan;
import io.ilion.cql.term.Evaluation;
import java.util.ArrayList;
import java.util.List;

/**
 * How a SELECT will be answered, or was: steps in the order in which they happen, those that are
 * parts of another one behind it, and warnings behind all of them. Immutable.
 */
public record Explanation(List<Step> steps) {
  /** What a step that warns is called. */
  public static final String WARNING = "warning";

  private static final int MOST_CHARACTERS = 500;

  /** Copies the steps. */
  public Explanation {
    steps = List.copyOf(steps);
  }

  /**
   * One step.
   *
   * @param id its place in the list
   * @param parent the step that it is a part of; -1 for the first step, which all others are
   */
  public record Step(int id, int parent, String name, String detail, Figures figures) {}

  /**
   * The figures of a step; null where there is none.
   *
   * @param files that may have something of what is read
   * @param partitions that are read
   * @param rows that are read, or left
   * @param deletions that are met
   * @param micros how long it took
   */
  public record Figures(Long files, Long partitions, Long rows, Long deletions, Long micros) {
    static final Figures NONE = new Figures(null, null, null, null, null);

    static Figures rows(long rows) {
      return new Figures(null, null, rows, null, null);
    }
  }

  /** Takes an explanation. */
  @FunctionalInterface
  public interface Callback {
    /** One of the two is null. */
    void done(Explanation explanation, Throwable failure);
  }

  /**
   * What happened while a page was read.
   *
   * @param rows that the page has
   * @param more whether there is another page
   */
  public static Explanation of(
      SelectPlan plan, Evaluation evaluation, ReadOptions options, int rows, boolean more) {
    return new SelectSteps(plan, evaluation, options).analyzed(options.profile(), rows, more);
  }

  /** Adds step by step. */
  static final class Builder {
    private final List<Step> steps = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    /** Adds a step, and returns its id. */
    int add(int parent, String name, String detail, Figures figures) {
      String shown =
          detail.length() > MOST_CHARACTERS
              ? detail.substring(0, MOST_CHARACTERS - 3) + "..."
              : detail;
      steps.add(new Step(steps.size(), parent, name, shown, figures));
      return steps.size() - 1;
    }

    void warn(String text, Object... arguments) {
      warnings.add(String.format(text, arguments));
    }

    Explanation build() {
      warnings.forEach(warning -> add(0, WARNING, warning, Figures.NONE));
      warnings.clear();
      return new Explanation(steps);
    }
  }
}
