package io.ilion.coordinator.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.coordinator.MemoryPool;
import io.ilion.storage.OverloadedException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A read that is alone may have more than there is; one among others may not. */
class ResultBudgetTest {
  private final MemoryPool pool = new MemoryPool(100 << 10);
  private final ResultBudget budget = new ResultBudget(10 << 10, 1000 << 10, pool);

  @Test
  void lanesOfOneReadAreNoOthers() {
    ResultBudget.Account account = budget.open(false, 0);
    List<CompletableFuture<Void>> lanes =
        IntStream.range(0, 4)
            .mapToObj(
                lane ->
                    CompletableFuture.runAsync(
                        () -> {
                          for (int i = 0; i < 200_000; i++) {
                            account.collect(90 << 10);
                            account.release();
                          }
                        }))
            .toList();

    lanes.forEach(lane -> assertThatCode(lane::join).doesNotThrowAnyException());
    account.close();
    assertThat(pool.taken()).isZero();
  }

  @Test
  void whatIsReadAheadHasToFitBesideTheRest() {
    ResultBudget.Account account = budget.open(false, 0);
    ResultBudget.Account ahead = account.another();
    account.collect(60 << 10);
    assertThatThrownBy(() -> ahead.collect(60 << 10)).isInstanceOf(OverloadedException.class);
    account.release();
    ahead.moveTo(account);
    assertThatCode(() -> account.collect(60 << 10)).doesNotThrowAnyException();
    assertThat(pool.taken()).isEqualTo(120 << 10);
    ahead.close();
    account.close();
    assertThat(pool.taken()).isZero();
  }

  @Test
  void anotherReadIsRefusedWhatIsNotThere() {
    ResultBudget.Account one = budget.open(false, 0);
    ResultBudget.Account other = budget.open(false, 0);
    one.collect(60 << 10);
    assertThatThrownBy(() -> other.collect(60 << 10)).isInstanceOf(OverloadedException.class);
    other.close();
    assertThatCode(() -> one.collect(60 << 10)).doesNotThrowAnyException();
    ResultBudget.Account third = budget.open(false, 0);
    assertThatThrownBy(() -> third.add(40 << 10)).isInstanceOf(OverloadedException.class);
    third.close();
    one.close();
    assertThat(pool.taken()).isZero();
  }

  @Test
  void whoTakesLittleIsNotRefusedForWhatOthersHave() {
    ResultBudget.Account others = budget.open(false, 0);
    others.collect(120 << 10);
    ResultBudget.Account little = budget.open(false, 0);
    assertThatCode(() -> little.collect(4 << 10)).doesNotThrowAnyException();
    assertThat(little.add(4 << 10)).isFalse();
    assertThat(pool.taken()).isEqualTo(132 << 10);
    assertThatThrownBy(() -> little.add(16 << 10)).isInstanceOf(OverloadedException.class);
    ResultBudget.Account ahead = little.another();
    assertThatThrownBy(() -> ahead.collect(4 << 10)).isInstanceOf(OverloadedException.class);
    ahead.close();
    little.close();
    others.close();
    assertThat(pool.taken()).isZero();
  }
}
