package io.ilion.cql.function;

import io.ilion.model.data.Bytes;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.PartitionKeyCodec;
import java.util.Arrays;
import java.util.List;

/** The token of a partition key; its arguments are those of the table at hand. */
final class TokenFunction {
  private TokenFunction() {}

  static ScalarFunction of(TableDefinition table) {
    List<CqlType> types =
        table.partitionKey().stream().<CqlType>map(ColumnDefinition::type).toList();
    return NativeScalar.strict(
        "token",
        NativeType.BIGINT,
        types,
        (arguments, context) -> {
          byte[] key = PartitionKeyCodec.compose(Arrays.asList(arguments));
          byte[] result = new byte[8];
          Bytes.putLong(result, 0, Murmur3.token(key));
          return result;
        });
  }
}
