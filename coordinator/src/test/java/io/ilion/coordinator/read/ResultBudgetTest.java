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
  private final MemoryPool pool = new MemoryPool(100);
  private final ResultBudget budget = new ResultBudget(10, 1000, pool);

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
                            account.collect(90);
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
    account.collect(60);
    assertThatThrownBy(() -> ahead.collect(60)).isInstanceOf(OverloadedException.class);
    account.release();
    ahead.moveTo(account);
    assertThatCode(() -> account.collect(60)).doesNotThrowAnyException();
    assertThat(pool.taken()).isEqualTo(120);
    ahead.close();
    account.close();
    assertThat(pool.taken()).isZero();
  }

  @Test
  void anotherReadIsRefusedWhatIsNotThere() {
    ResultBudget.Account one = budget.open(false, 0);
    ResultBudget.Account other = budget.open(false, 0);
    one.collect(60);
    assertThatThrownBy(() -> other.collect(60)).isInstanceOf(OverloadedException.class);
    other.close();
    assertThatCode(() -> one.collect(60)).doesNotThrowAnyException();
    assertThatThrownBy(() -> budget.open(false, 0).add(1)).isInstanceOf(OverloadedException.class);
    one.close();
  }
}
