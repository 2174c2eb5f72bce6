package io.ilion.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.type.Values;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class BoundValuesTest {
  @Test
  void valuesInTheFormOfTheWireAreTheSameAsOthers() {
    BoundValues values =
        BoundValues.of(Arrays.asList(new byte[] {1, 2}, null, Values.UNSET, new byte[0]));
    ByteBuf out = Unpooled.buffer();
    values.write(out);
    // The count stands before them.
    byte[] wire = ByteBufUtil.getBytes(out, 0, out.readableBytes());
    BoundValues encoded = BoundValues.encoded(4, wire, 2, wire.length - 2);

    assertThat(encoded).isEqualTo(values).hasSameHashCodeAs(values);
    assertThat(encoded.get(0)).containsExactly(1, 2);
    assertThat(encoded.isNull(1)).isTrue();
    assertThat(encoded.isUnset(2)).isTrue();
    assertThat(encoded.get(2)).isSameAs(Values.UNSET);
    assertThat(encoded.get(3)).isEmpty();
    ByteBuf again = Unpooled.buffer();
    encoded.write(again);
    assertThat(ByteBufUtil.getBytes(again)).isEqualTo(wire);
  }

  @Test
  void whatIsNotAsManyValuesIsRefused() {
    byte[] two = {0, 0, 0, 1, 7, -1, -1, -1, -1};
    assertThat(BoundValues.encoded(2, two, 0, 9).count()).isEqualTo(2);
    assertThatThrownBy(() -> BoundValues.encoded(1, two, 0, 9))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> BoundValues.encoded(3, two, 0, 9))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
