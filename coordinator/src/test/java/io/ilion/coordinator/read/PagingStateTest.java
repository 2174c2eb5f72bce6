package io.ilion.coordinator.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.CqlException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PagingStateTest {
  private static final byte[] KEY = {1, 2};

  @Test
  void whatWasEncodedIsDecoded() {
    PagingState state = PagingState.decode(new PagingState(KEY, new byte[] {3}, 4, 5).encode());
    assertThat(state.partitionKey()).containsExactly(1, 2);
    assertThat(state.clusteringKey()).containsExactly(3);
    assertThat(state.remaining()).isEqualTo(4);
    assertThat(state.givenInPartition()).isEqualTo(5);
    assertThat(PagingState.decode(new PagingState(KEY, null, 1, 0).encode()).clusteringKey())
        .isNull();
  }

  @Test
  void whatNoPageCanHaveGivenIsRefused() {
    refused(new PagingState(KEY, null, 0, 1).encode());
    refused(new PagingState(KEY, null, -1, 1).encode());
    refused(new PagingState(KEY, null, 1, -1).encode());
    refused(new PagingState(new byte[0], null, 1, 1).encode());
    byte[] whole = new PagingState(KEY, new byte[] {3}, 4, 5).encode();
    for (int length = 0; length < whole.length; length++) {
      refused(Arrays.copyOf(whole, length));
    }
    refused(Arrays.copyOf(whole, whole.length + 1));
  }

  private static void refused(byte[] state) {
    assertThatThrownBy(() -> PagingState.decode(state)).isInstanceOf(CqlException.class);
  }
}
