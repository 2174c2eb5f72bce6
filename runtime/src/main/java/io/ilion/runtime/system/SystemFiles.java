package io.ilion.runtime.system;

import io.ilion.runtime.AppendFile;
import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.Files;
import io.ilion.runtime.ReadFile;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The files of the machine; relative paths begin at a root directory. */
public final class SystemFiles implements Files {
  /**
   * What is read or written at a time: the JDK copies it through memory outside the heap, as much
   * of it for each thread as was ever needed.
   */
  private static final int PIECE_BYTES = 256 << 10;

  /** So much at a time is synced where a file cannot be written out without that. */
  private static final long SYNC_BYTES = 8 << 20;

  private final Path root;
  private final PageCacheReads pageCache = new PageCacheReads();

  /** Files whose relative paths begin at the root. */
  public SystemFiles(Path root) {
    this.root = root.toAbsolutePath();
  }

  /** Files whose relative paths begin where the process was started. */
  public static SystemFiles ofWorkingDirectory() {
    return new SystemFiles(Path.of(""));
  }

  private Path path(String path) {
    return root.resolve(path);
  }

  /** Tells a full disk or quota from other errors; the JDK says it only in the message. */
  private static IOException classified(String path, IOException e) {
    String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return message.contains("no space left") || message.contains("quota exceeded")
        ? new DiskFullException(path, e)
        : e;
  }

  @Override
  public AppendFile create(String path) throws IOException {
    try {
      return new Append(
          path,
          path(path),
          FileChannel.open(path(path), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    } catch (IOException e) {
      throw classified(path, e);
    }
  }

  @Override
  public AppendFile reuse(String path) throws IOException {
    return new Append(path, path(path), FileChannel.open(path(path), StandardOpenOption.WRITE));
  }

  @Override
  public ReadFile open(String path) throws IOException {
    FileChannel channel = FileChannel.open(path(path), StandardOpenOption.READ);
    try {
      return new Read(
          path, channel, channel.size(), pageCache, pageCache.open(path(path).toString()));
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public boolean exists(String path) {
    return java.nio.file.Files.exists(path(path));
  }

  @Override
  public boolean isDirectory(String path) {
    return java.nio.file.Files.isDirectory(path(path));
  }

  @Override
  public long size(String path) throws IOException {
    return java.nio.file.Files.size(path(path));
  }

  @Override
  public List<String> list(String directory) throws IOException {
    try (Stream<Path> names = java.nio.file.Files.list(path(directory))) {
      return names.map(p -> p.getFileName().toString()).sorted().toList();
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    }
  }

  @Override
  public void createDirectories(String directory) throws IOException {
    try {
      createDirectories(path(directory));
    } catch (IOException e) {
      throw classified(directory, e);
    }
  }

  private static void createDirectories(Path directory) throws IOException {
    if (java.nio.file.Files.isDirectory(directory)) {
      return;
    }
    Path parent = directory.getParent();
    if (parent != null) {
      createDirectories(parent);
    }
    java.nio.file.Files.createDirectories(directory);
    if (parent != null) {
      syncDirectory(parent);
    }
  }

  @Override
  public void rename(String source, String target) throws IOException {
    java.nio.file.Files.move(
        path(source),
        path(target),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void delete(String path) throws IOException {
    java.nio.file.Files.delete(path(path));
  }

  @Override
  public void link(String existing, String name) throws IOException {
    try {
      java.nio.file.Files.createLink(path(name), path(existing));
    } catch (IOException e) {
      throw classified(name, e);
    }
  }

  @Override
  public void sync(String path) throws IOException {
    try (FileChannel channel = FileChannel.open(path(path), StandardOpenOption.WRITE)) {
      channel.force(false);
    }
  }

  @Override
  public void syncDirectory(String directory) throws IOException {
    syncDirectory(path(directory));
  }

  private static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public long usableBytes(String directory) throws IOException {
    return java.nio.file.Files.getFileStore(path(directory)).getUsableSpace();
  }

  @Override
  public Closeable lock(String directory) throws IOException {
    FileChannel channel =
        FileChannel.open(
            path(directory).resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    if (lock == null) {
      channel.close();
      throw new IOException("the directory " + path(directory) + " is in use by another node");
    }
    return channel;
  }

  private static final class Append implements AppendFile {
    private final String path;
    private final Path absolute;
    private final FileChannel channel;
    private long size;
    private WriteOut writeOut;

    /** Up to here the disk was told to begin with the file. */
    private long writtenOut;

    Append(String path, Path absolute, FileChannel channel) {
      this.path = path;
      this.absolute = absolute;
      this.channel = channel;
    }

    @Override
    public void append(ByteBuffer bytes) throws IOException {
      int end = bytes.limit();
      try {
        while (bytes.position() < end) {
          bytes.limit(Math.min(end, bytes.position() + PIECE_BYTES));
          size += channel.write(bytes);
        }
      } catch (IOException e) {
        throw classified(path, e);
      } finally {
        bytes.limit(end);
      }
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public void sync() throws IOException {
      try {
        channel.force(false);
      } catch (IOException e) {
        throw classified(path, e);
      }
    }

    @Override
    public void writeOut() throws IOException {
      if (size - writtenOut < WriteOut.STEP_BYTES) {
        return;
      }
      if (writeOut == null) {
        writeOut = WriteOut.open(absolute.toString());
      }
      if (writeOut != null) {
        writeOut.step(size);
        writtenOut = size;
      } else if (size - writtenOut >= SYNC_BYTES) {
        sync();
        writtenOut = size;
      }
    }

    @Override
    public void close() throws IOException {
      if (writeOut != null) {
        writeOut.close();
        writeOut = null;
      }
      channel.close();
    }
  }

  private static final class Read implements ReadFile {
    private final String path;
    private final FileChannel channel;
    private final long size;
    private final PageCacheReads pageCache;
    private int descriptor;

    Read(String path, FileChannel channel, long size, PageCacheReads pageCache, int descriptor) {
      this.path = path;
      this.channel = channel;
      this.size = size;
      this.pageCache = pageCache;
      this.descriptor = descriptor;
    }

    @Override
    public boolean tryReadAt(long offset, ByteBuffer destination) {
      return descriptor >= 0 && pageCache.read(descriptor, offset, destination);
    }

    @Override
    public void readAt(long offset, ByteBuffer destination) throws IOException {
      long at = offset;
      int end = destination.limit();
      try {
        while (destination.position() < end) {
          destination.limit(Math.min(end, destination.position() + PIECE_BYTES));
          int count = channel.read(destination, at);
          if (count < 0) {
            throw new EOFException(
                path
                    + " ends at "
                    + size
                    + ", wanted up to offset "
                    + (at + end - destination.position()));
          }
          at += count;
        }
      } finally {
        destination.limit(end);
      }
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public void close() throws IOException {
      channel.close();
      if (descriptor >= 0) {
        SystemCalls.close(descriptor);
        descriptor = -1;
      }
    }
  }
}
