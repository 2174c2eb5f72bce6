package io.ilion.driver.codec;

import io.ilion.model.type.TupleType;
import java.util.Arrays;
import java.util.List;

/** A tuple: parts by position. A record or a {@link List} may stand for one too. */
public final class TupleValue extends CompositeValue {
  TupleValue(CodecRegistry registry, TupleType type, byte[] bytes, int offset, int length) {
    super(registry, type, bytes, offset, length);
  }

  TupleValue(CodecRegistry registry, TupleType type, List<?> values) {
    super(registry, type);
    if (values.size() != parts.length) {
      throw new CodecException(values.size() + " parts for a " + type.cqlName());
    }
    for (int i = 0; i < parts.length; i++) {
      parts[i] = values.get(i);
    }
  }

  @Override
  public String toString() {
    return Arrays.deepToString(parts);
  }
}
