package io.ilion.runtime.simulated.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.runtime.simulated.check.ClientHistory.Operation;
import io.ilion.runtime.simulated.check.ConditionalRegister.Answer;
import io.ilion.runtime.simulated.check.ConditionalRegister.Request;
import io.ilion.runtime.simulated.check.LinearizabilityChecker.Result;
import io.ilion.runtime.simulated.check.LinearizabilityChecker.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Scripted histories, and random ones that are compared with a search through all orders. */
class LinearizabilityCheckerTest {
  private static final ConditionalRegister MODEL = new ConditionalRegister();

  private final LinearizabilityChecker<Object, Request, Answer> checker =
      new LinearizabilityChecker<>(MODEL, 100_000);
  private final ClientHistory<String, Request, Answer> history = new ClientHistory<>();

  private Operation<Request, Answer> set(Object expected, Object value) {
    return history.call("x", new Request(expected, value));
  }

  private Operation<Request, Answer> read() {
    return history.call("x", Request.READ);
  }

  private static Answer found(Object value) {
    return new Answer(false, value);
  }

  @Test
  void oneAfterTheOther() {
    history.answered(set(null, 1), Answer.APPLIED);
    history.answered(read(), found(1));
    history.answered(set(7, 2), found(1));
    history.answered(set(1, 2), Answer.APPLIED);
    history.answered(read(), found(2));
    assertThat(checker.check(history).verdict()).isEqualTo(Verdict.LINEARIZABLE);
  }

  @Test
  void aReadOfWhatWasOverwrittenBeforeItBegan() {
    history.answered(set(null, 1), Answer.APPLIED);
    history.answered(set(1, 2), Answer.APPLIED);
    history.answered(read(), found(1));
    Result result = checker.check(history);
    assertThat(result.verdict()).isEqualTo(Verdict.NOT_LINEARIZABLE);
    assertThat(result.explanation()).contains("object x").contains("read -> found 1");
  }

  @Test
  void twoCannotBothReplaceOneValue() {
    Operation<Request, Answer> a = set(null, 1);
    Operation<Request, Answer> b = set(null, 2);
    history.answered(a, Answer.APPLIED);
    history.answered(b, Answer.APPLIED);
    assertThat(checker.check(history).verdict()).isEqualTo(Verdict.NOT_LINEARIZABLE);
  }

  @Test
  void readsMustNotGoBack() {
    Operation<Request, Answer> write = set(null, 1);
    history.answered(read(), found(1));
    history.answered(read(), found(null));
    history.answered(write, Answer.APPLIED);
    assertThat(checker.check(history).verdict()).isEqualTo(Verdict.NOT_LINEARIZABLE);
  }

  @Test
  void anUnknownOutcomeMayComeLateOrNever() {
    set(null, 1);
    history.answered(read(), found(null));
    history.answered(read(), found(null));
    assertThat(checker.check(history).isLinearizable()).isTrue();
    history.answered(read(), found(1));
    assertThat(checker.check(history).isLinearizable()).isTrue();
    history.answered(read(), found(null));
    assertThat(checker.check(history).isLinearizable()).isFalse();
  }

  @Test
  void anUnknownOutcomeHasItsEffectOnceAtMost() {
    set(null, 1);
    history.answered(set(1, 2), Answer.APPLIED);
    history.answered(set(2, 1), Answer.APPLIED);
    history.answered(read(), found(1));
    assertThat(checker.check(history).isLinearizable()).isTrue();
    history.answered(set(1, 2), Answer.APPLIED);
    history.answered(set(9, 1), found(1));
    assertThat(checker.check(history).isLinearizable()).isFalse();
  }

  @Test
  void whatWasRefusedHasNoEffect() {
    history.refused(set(null, 1));
    history.answered(read(), found(1));
    assertThat(checker.check(history).isLinearizable()).isFalse();
  }

  @Test
  void objectsAreByThemselves() {
    history.answered(history.call("x", new Request(null, 1)), Answer.APPLIED);
    history.answered(history.call("y", Request.READ), found(null));
    assertThat(checker.check(history).isLinearizable()).isTrue();
  }

  @Test
  void manyUnknownOutcomesStayCheap() {
    Object last = null;
    for (int i = 0; i < 300; i++) {
      set(-i - 1, i);
      history.answered(set(last, i), Answer.APPLIED);
      last = i;
    }
    assertThat(checker.check(history).isLinearizable()).isTrue();
  }

  @Test
  void aSearchThatGrowsTooLargeIsGivenUp() {
    for (int i = 0; i < 20; i++) {
      set(null, i);
      set(i, i + 1);
      set(i + 1, i);
    }
    history.answered(read(), found(99));
    assertThat(new LinearizabilityChecker<>(MODEL, 50).check(history).verdict())
        .isEqualTo(Verdict.UNDECIDED);
  }

  /** Short histories, true ones and tampered ones, of which every order can be tried. */
  @Test
  void agreesWithASearchThroughAllOrders() {
    int[] verdicts = new int[2];
    for (long seed = 0; seed < 4_000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      List<Operation<Request, Answer>> operations = random(random);
      boolean expected = tryAll(new ArrayList<>(operations), MODEL.initial());
      Result result = checker.check(operations);
      assertThat(result.isLinearizable()).as("seed %d: %s", seed, operations).isEqualTo(expected);
      verdicts[expected ? 1 : 0]++;
    }
    assertThat(verdicts[0]).isGreaterThan(400);
    assertThat(verdicts[1]).isGreaterThan(400);
  }

  /** Runs up to four clients over a true register, loses some answers, and lies sometimes. */
  private static List<Operation<Request, Answer>> random(SplittableRandom random) {
    ClientHistory<String, Request, Answer> history = new ClientHistory<>();
    Object state = MODEL.initial();
    int clients = 1 + random.nextInt(4);
    List<Operation<Request, Answer>> open = new ArrayList<>();
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      open.add(null);
      answers.add(null);
    }
    boolean lies = random.nextBoolean();
    for (int calls = 0; calls < 7; ) {
      int client = random.nextInt(clients);
      Operation<Request, Answer> operation = open.get(client);
      if (operation == null) {
        Object value = random.nextInt(3) == 0 ? null : random.nextInt(3);
        Object expected = value == null || random.nextInt(3) == 0 ? null : random.nextInt(3);
        open.set(client, history.call("x", new Request(expected, value)));
        calls++;
      } else if (answers.get(client) == null && random.nextInt(8) > 0) {
        var step = MODEL.apply(state, operation.input());
        state = step.state();
        answers.set(client, step.output());
      } else {
        if (answers.get(client) != null && random.nextInt(5) > 0) {
          Answer lie = random.nextBoolean() ? Answer.APPLIED : found(random.nextInt(3));
          history.answered(operation, lies && random.nextInt(4) == 0 ? lie : answers.get(client));
        }
        open.set(client, null);
        answers.set(client, null);
      }
    }
    return history.byObject().get("x");
  }

  private static boolean tryAll(List<Operation<Request, Answer>> left, Object state) {
    if (left.stream().noneMatch(Operation::isKnown)) {
      return true;
    }
    long firstReturn = left.stream().mapToLong(Operation::returned).min().orElseThrow();
    for (int i = 0; i < left.size(); i++) {
      Operation<Request, Answer> operation = left.get(i);
      if (operation.called() < firstReturn) {
        var step = MODEL.apply(state, operation.input());
        if (!operation.isKnown() || step.output().equals(operation.output())) {
          left.remove(i);
          boolean found = tryAll(left, step.state());
          left.add(i, operation);
          if (found) {
            return true;
          }
        }
      }
    }
    return false;
  }
}
