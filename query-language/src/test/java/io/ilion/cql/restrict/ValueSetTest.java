package io.ilion.cql.restrict;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.type.CqlType;
import io.ilion.model.type.NativeType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class ValueSetTest {
  private static void check(CqlType type, int count, Supplier<Object> source) {
    List<byte[]> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(type.encode(source.get()));
    }
    ValueSet set = new ValueSet(type, values);
    for (byte[] value : values) {
      assertThat(set.contains(value)).isTrue();
    }
    for (int i = 0; i < 300; i++) {
      byte[] other = type.encode(source.get());
      boolean wanted = values.stream().anyMatch(v -> type.compare(v, other) == 0);
      assertThat(set.contains(other)).describedAs("%s of %d", type, count).isEqualTo(wanted);
    }
  }

  @Test
  void itHasWhatComparesAsEqual() {
    SplittableRandom random = new SplittableRandom(1);
    for (int count : new int[] {0, 1, 16, 17, 100, 1000}) {
      check(NativeType.INT, count, () -> random.nextInt(2000));
      check(NativeType.TEXT, count, () -> "a" + random.nextInt(2000));
      check(NativeType.DOUBLE, count, () -> random.nextInt(-1000, 1000) * 0.0);
      check(
          NativeType.DECIMAL,
          count,
          () -> new BigDecimal(BigInteger.valueOf(random.nextInt(1000)), random.nextInt(3)));
      check(NativeType.VARINT, count, () -> BigInteger.valueOf(random.nextInt(2000)));
    }
  }

  @Test
  void manyValuesAreTakenAndFoundAtOnce() {
    List<byte[]> values = new ArrayList<>();
    for (int i = 0; i < 1_000_000; i++) {
      values.add(NativeType.INT.encode(i * 7));
    }
    ValueSet set = new ValueSet(NativeType.INT, values);
    int found = 0;
    for (int i = 0; i < 1_000_000; i++) {
      found += set.contains(NativeType.INT.encode(i)) ? 1 : 0;
    }
    assertThat(found).isEqualTo(1_000_000 / 7 + 1);
  }
}
