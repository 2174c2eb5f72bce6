package io.ilion.cql.function;

import io.ilion.model.CqlException;
import io.ilion.model.data.Bytes;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.VectorType;
import java.util.List;

/** The likeness of two vectors of floats: a number from 0 to 1, larger for vectors more alike. */
final class VectorFunctions {
  private static final String PARAMETER = "vector<float, n>";

  /** Measures two vectors of the same dimension. */
  @FunctionalInterface
  private interface Measure {
    float of(float[] left, float[] right);
  }

  private VectorFunctions() {}

  static List<Factory> factories() {
    return List.of(
        factory("similarity_cosine", VectorFunctions::cosine),
        factory("similarity_euclidean", VectorFunctions::euclidean),
        factory("similarity_dot_product", (a, b) -> (1 + dot(a, b)) / 2));
  }

  private static Factory factory(String name, Measure measure) {
    boolean refusesZero = name.equals("similarity_cosine");
    return Factory.of(
        name,
        (factory, types, receiver) -> make(factory, types, measure, refusesZero),
        PARAMETER,
        PARAMETER);
  }

  private static CqlFunction make(
      Factory factory, Factory.Arguments arguments, Measure measure, boolean refusesZero) {
    CqlType first = typeOf(arguments, 0);
    CqlType second = typeOf(arguments, 1);
    VectorType a = vector(arguments, 0, first == null ? arguments.type(0, second) : first);
    VectorType b = vector(arguments, 1, second == null ? a : second);
    if (a.dimensions() != b.dimensions()) {
      throw CqlException.invalid("All arguments must have the same vector dimensions");
    }
    return NativeScalar.strict(
        factory.name(),
        NativeType.FLOAT,
        List.of(a, b),
        (values, context) -> {
          float[] x = floats(values[0]);
          float[] y = floats(values[1]);
          if (refusesZero && (isZero(x) || isZero(y))) {
            throw CqlException.invalid(
                "Function system.%s doesn't support all-zero vectors.", factory.name());
          }
          return NativeType.FLOAT.encode(measure.of(x, y));
        });
  }

  /** A list literal stands for a vector of as many floats. */
  private static CqlType typeOf(Factory.Arguments arguments, int index) {
    int elements = arguments.elements(index);
    return elements > 0 ? new VectorType(NativeType.FLOAT, elements) : arguments.typeOrNull(index);
  }

  private static VectorType vector(Factory.Arguments arguments, int index, CqlType type) {
    if (type instanceof VectorType vector && vector.elementType().equals(NativeType.FLOAT)) {
      return vector;
    }
    throw arguments.wrong(
        arguments.typeOrNull(index) == null ? 1 - index : index, "a float vector argument");
  }

  private static float[] floats(byte[] value) {
    float[] result = new float[value.length / 4];
    for (int i = 0; i < result.length; i++) {
      result[i] = Float.intBitsToFloat(Bytes.getInt(value, 4 * i));
    }
    return result;
  }

  private static boolean isZero(float[] vector) {
    for (float element : vector) {
      if (element != 0) {
        return false;
      }
    }
    return true;
  }

  private static float dot(float[] a, float[] b) {
    float sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static float cosine(float[] a, float[] b) {
    float cosine = (float) (dot(a, b) / Math.sqrt((double) dot(a, a) * dot(b, b)));
    return (1 + cosine) / 2;
  }

  private static float euclidean(float[] a, float[] b) {
    float sum = 0;
    for (int i = 0; i < a.length; i++) {
      float distance = a[i] - b[i];
      sum += distance * distance;
    }
    return 1 / (1 + sum);
  }
}
