package io.ilion.driver.codec;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Locale;

/**
 * The components of a record: how to read them, and how to make a record of them.
 *
 * <p>A component and a column (or field) agree when their names are the same but for case and
 * underscores: {@code releaseVersion} and {@code release_version}.
 */
public final class RecordShape {
  private static final ClassValue<RecordShape> SHAPES =
      new ClassValue<>() {
        @Override
        protected RecordShape computeValue(Class<?> type) {
          return new RecordShape(type);
        }
      };

  private final Class<?> type;
  private final String[] names;
  private final String[] plainNames;
  private final Type[] types;
  private final boolean[] primitive;
  private final MethodHandle[] getters;
  private final MethodHandle constructor;

  private RecordShape(Class<?> type) {
    this.type = type;
    RecordComponent[] components = type.getRecordComponents();
    if (components == null) {
      throw new CodecException(type.getName() + " is no record");
    }
    int size = components.length;
    names = new String[size];
    plainNames = new String[size];
    types = new Type[size];
    primitive = new boolean[size];
    getters = new MethodHandle[size];
    Class<?>[] classes = new Class<?>[size];
    try {
      for (int i = 0; i < size; i++) {
        names[i] = components[i].getName();
        plainNames[i] = plain(names[i]);
        types[i] = components[i].getGenericType();
        classes[i] = components[i].getType();
        primitive[i] = classes[i].isPrimitive();
        Method accessor = components[i].getAccessor();
        accessor.setAccessible(true);
        getters[i] =
            MethodHandles.lookup()
                .unreflect(accessor)
                .asType(MethodType.methodType(Object.class, Object.class));
      }
      Constructor<?> canonical = type.getDeclaredConstructor(classes);
      canonical.setAccessible(true);
      constructor =
          MethodHandles.lookup()
              .unreflectConstructor(canonical)
              .asType(MethodType.genericMethodType(size))
              .asSpreader(Object[].class, size);
    } catch (ReflectiveOperationException | InaccessibleObjectException e) {
      throw new CodecException("The record " + type.getName() + " is not open to the driver", e);
    }
  }

  /**
   * The shape of a record class.
   *
   * @throws CodecException if it is none, or its module does not open it
   */
  public static RecordShape of(Class<?> type) {
    return SHAPES.get(type);
  }

  /** The number of components. */
  public int size() {
    return names.length;
  }

  /** The name of a component. */
  public String name(int index) {
    return names[index];
  }

  /** The type of a component, with its arguments. */
  public Type type(int index) {
    return types[index];
  }

  /** The index of the component that agrees with a name, or -1. */
  public int indexOf(String name) {
    for (int i = 0; i < names.length; i++) {
      if (names[i].equals(name)) {
        return i;
      }
    }
    String plain = plain(name);
    for (int i = 0; i < names.length; i++) {
      if (plainNames[i].equals(plain)) {
        return i;
      }
    }
    return -1;
  }

  /** A component of a record. */
  public Object get(Object record, int index) {
    try {
      return getters[index].invokeExact(record);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new CodecException("Reading " + type.getName() + "." + names[index], e);
    }
  }

  /**
   * A record of these components.
   *
   * @throws CodecException if one is null and primitive
   */
  public Object create(Object[] values) {
    for (int i = 0; i < primitive.length; i++) {
      if (primitive[i] && values[i] == null) {
        throw new CodecException(
            "null for " + type.getName() + "." + names[i] + ", which is primitive");
      }
    }
    try {
      return constructor.invokeExact(values);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new CodecException("Creating a " + type.getName(), e);
    }
  }

  private static String plain(String name) {
    return name.replace("_", "").toLowerCase(Locale.ROOT);
  }
}
