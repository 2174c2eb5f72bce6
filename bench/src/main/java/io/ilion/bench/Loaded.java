package io.ilion.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A store in a temporary directory, with records or wide partitions in it. The directory is made in
 * that of the system property {@value #DIRECTORY}, else in the system's temporary one.
 */
final class Loaded implements AutoCloseable {
  /** Names where the stores stand: it should be the disk that is to be measured. */
  static final String DIRECTORY = "ilion.bench.directory";

  static final int WIDE_PARTITIONS = 4;
  private static final int GROUP = 256;

  private final Path directory;
  private final Store store;
  private final Records records = new Records();

  /** The numbers of the records or wide partitions that each session owns. */
  private final int[][] owned;

  Loaded(String name, DataSet data, int threads, int rows) {
    long bytes = (long) rows * (Records.KEY_BYTES + Records.VALUE_BYTES);
    try {
      String root = System.getProperty(DIRECTORY);
      directory =
          root == null
              ? Files.createTempDirectory("ilion-bench")
              : Files.createTempDirectory(Path.of(root), "ilion-bench");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    store =
        Store.open(
            name,
            new Store.Settings(
                directory, threads, data.writeBufferBytes(bytes), data.cacheBytes(bytes)));
    owned = new int[threads][];
  }

  Store.Session session(int thread) {
    return store.session(thread);
  }

  Records records() {
    return records;
  }

  /** The numbers of what a session owns. */
  int[] owned(int thread) {
    return owned[thread];
  }

  /** Writes records. */
  void loadRecords(int count, boolean settled) {
    byte[] key = new byte[Records.KEY_BYTES];
    byte[] value = new byte[Records.VALUE_BYTES];
    for (int t = 0; t < owned.length; t++) {
      Store.Session session = store.session(t);
      int[] numbers = new int[count];
      int size = 0;
      for (int number = 0; number < count; number++) {
        Records.key(number, key);
        // A store whose sessions share everything is loaded by the first.
        boolean own = session.owns(key);
        if (own) {
          numbers[size++] = number;
        }
        if (own && (t == 0 || !store.session(0).owns(key))) {
          records.value(number, value);
          session.put(key, value);
        }
        if (number % GROUP == GROUP - 1) {
          session.commit(false);
        }
      }
      session.commit(true);
      owned[t] = java.util.Arrays.copyOf(numbers, size);
    }
    if (settled) {
      store.settle();
    }
  }

  /** Writes wide partitions, of a number of rows all together. */
  void loadWide(int rows, boolean settled) {
    byte[] key = new byte[Records.KEY_BYTES];
    byte[] value = new byte[Records.VALUE_BYTES];
    int next = 0;
    for (int t = 0; t < owned.length; t++) {
      owned[t] = new int[WIDE_PARTITIONS / owned.length];
      Store.Session session = store.session(t);
      for (int p = 0; p < owned[t].length; p++) {
        do {
          Records.key(next++, key);
        } while (!session.owns(key));
        owned[t][p] = next - 1;
        for (int row = 0; row < rows / WIDE_PARTITIONS; row++) {
          records.value(row, value);
          session.putRow(key, row, value);
          if (row % GROUP == GROUP - 1) {
            session.commit(false);
          }
        }
        session.commit(true);
      }
    }
    if (settled) {
      store.settle();
    }
  }

  @Override
  public void close() {
    store.close();
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
