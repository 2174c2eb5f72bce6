package io.ilion.storage.engine;

import io.ilion.model.data.Deletion;
import io.ilion.model.ring.TokenRange;
import io.ilion.storage.BlockSupply;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.RowCursor;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableFormat;
import io.ilion.storage.TableOptions;
import io.ilion.storage.TableWriter;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Queue;
import java.util.function.UnaryOperator;

/** Writes and opens table files that are another format's, but for a planted defect. */
final class FaultyFormat implements TableFormat {
  private final TableFormat format;
  private final UnaryOperator<PartitionCursor> written;
  private final UnaryOperator<TableFile> opened;

  private FaultyFormat(
      TableFormat format, UnaryOperator<PartitionCursor> written, UnaryOperator<TableFile> opened) {
    this.format = format;
    this.written = written;
    this.opened = opened;
  }

  /** Its files claim to hold nothing old, so that deletions seem to have nothing to shadow. */
  static TableFormat claimingYouth(TableFormat format) {
    return new FaultyFormat(
        format,
        UnaryOperator.identity(),
        file -> file == null ? null : proxy(TableFile.class, new YoungFile(file)));
  }

  /** Its writers throw the errors that are given, one after the other, while there are any. */
  static TableFormat throwing(TableFormat format, Queue<Error> errors) {
    return new FaultyFormat(
        format,
        source -> {
          if (!errors.isEmpty()) {
            throw errors.remove();
          }
          return source;
        },
        UnaryOperator.identity());
  }

  /** Its files lack the deletions of ranges. */
  static TableFormat droppingMarkers(TableFormat format) {
    return new FaultyFormat(
        format,
        source -> proxy(PartitionCursor.class, new WithoutMarkers(source)),
        UnaryOperator.identity());
  }

  /** Its files lack the deletions of whole partitions. */
  static TableFormat droppingPartitionDeletions(TableFormat format) {
    return new FaultyFormat(
        format,
        source ->
            proxy(
                PartitionCursor.class,
                (proxy, method, arguments) ->
                    "partitionDeletion".equals(method.getName())
                        ? Deletion.NONE
                        : call(source, method, arguments)),
        UnaryOperator.identity());
  }

  @Override
  public PartitionCursor copied(List<TokenRange> ranges, BlockSupply pieces) {
    return format.copied(ranges, pieces);
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  /** A file that claims to hold nothing old. */
  private record YoungFile(TableFile file) implements InvocationHandler {
    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
      return switch (method.getName()) {
        case "minTimestamp" -> Long.MAX_VALUE;
        case "equals" ->
            arguments[0] != null
                && Proxy.isProxyClass(arguments[0].getClass())
                && equals(Proxy.getInvocationHandler(arguments[0]));
        case "hashCode" -> hashCode();
        default -> call(file, method, arguments);
      };
    }
  }

  /** A source that passes over every marker of another. */
  private record WithoutMarkers(Object source) implements InvocationHandler {
    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
      Object result = call(source, method, arguments);
      while (result == RowCursor.Step.MARKER) {
        result = call(source, method, arguments);
      }
      return result instanceof RowCursor rows
          ? proxy(RowCursor.class, new WithoutMarkers(rows))
          : result;
    }
  }

  @Override
  public TableWriter begin(String directory, long generation, TableOptions options)
      throws IOException {
    TableWriter writer = format.begin(directory, generation, options);
    return new TableWriter() {
      @Override
      public boolean write(PartitionCursor source, long bytes) throws IOException {
        return writer.write(written.apply(source), bytes);
      }

      @Override
      public void begin(PartitionCursor source) {
        writer.begin(written.apply(source));
      }

      @Override
      public RowCursor.Step addRows(long bytes) throws IOException {
        return writer.addRows(bytes);
      }

      @Override
      public void awaitBlock(Runnable resume) {
        writer.awaitBlock(resume);
      }

      @Override
      public long bytes() {
        return writer.bytes();
      }

      @Override
      public TableFile finish() throws IOException {
        return opened.apply(writer.finish());
      }

      @Override
      public void abandon() throws IOException {
        writer.abandon();
      }
    };
  }

  @Override
  public TableFile open(String directory, long generation, TableOptions options, long as)
      throws IOException {
    return opened.apply(format.open(directory, generation, options, as));
  }

  @Override
  public long generationOf(String fileName) {
    return format.generationOf(fileName);
  }

  @Override
  public List<String> fileNames(long generation) {
    return format.fileNames(generation);
  }
}
