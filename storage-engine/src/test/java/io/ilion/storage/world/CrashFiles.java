package io.ilion.storage.world;

import io.ilion.runtime.AppendFile;
import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.Files;
import io.ilion.runtime.ReadFile;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Files in memory that lose, or half keep, on a crash what was not synced. */
public final class CrashFiles implements Files {
  /** The content of a file. */
  public static final class Content {
    byte[] bytes = new byte[256];
    int size;
    int synced;
  }

  private final Map<String, Content> names = new TreeMap<>();
  private final Map<String, Content> durableNames = new TreeMap<>();
  private final Set<String> directories = new HashSet<>();
  private final Set<String> locked = new HashSet<>();
  private boolean syncFails;
  private boolean full;
  private long usable = 1L << 40;

  /** Has every sync fail from now on, or work again. */
  public void setSyncFails(boolean fails) {
    syncFails = fails;
  }

  /** Has every append fail for lack of space from now on, or work again. */
  public void setFull(boolean isFull) {
    full = isFull;
  }

  /** The power fails. Random parts of what was not synced survive. */
  public void crash(Random random) {
    locked.clear();
    Set<String> all = new TreeSet<>(names.keySet());
    all.addAll(durableNames.keySet());
    for (String name : all) {
      Content now = names.get(name);
      Content durable = durableNames.get(name);
      Content survivor =
          java.util.Objects.equals(now, durable) || random.nextBoolean() ? now : durable;
      if (survivor == null) {
        names.remove(name);
      } else {
        names.put(name, survivor);
      }
    }
    for (Content content : new HashSet<>(names.values())) {
      int unsynced = content.size - content.synced;
      if (unsynced > 0) {
        int kept = random.nextInt(unsynced + 1);
        content.size = content.synced + kept;
        if (kept > 0 && random.nextBoolean()) {
          int from = content.synced + random.nextInt(kept);
          Arrays.fill(
              content.bytes, from, from + random.nextInt(content.size - from + 1), (byte) 0);
        }
        content.synced = content.size;
      }
    }
    durableNames.clear();
    durableNames.putAll(names);
  }

  /** The bytes of a file. */
  public byte[] bytes(String path) {
    Content content = names.get(path);
    return Arrays.copyOf(content.bytes, content.size);
  }

  /** Replaces the bytes of a file. */
  public void setBytes(String path, byte[] bytes) {
    Content content = new Content();
    content.bytes = bytes;
    content.size = bytes.length;
    content.synced = bytes.length;
    names.put(path, content);
    durableNames.put(path, content);
  }

  private static String parent(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  private Content content(String path) throws NoSuchFileException {
    Content content = names.get(path);
    if (content == null) {
      throw new NoSuchFileException(path);
    }
    return content;
  }

  @Override
  public AppendFile create(String path) throws IOException {
    if (names.containsKey(path)) {
      throw new FileAlreadyExistsException(path);
    }
    if (!directories.contains(parent(path))) {
      throw new NoSuchFileException(parent(path));
    }
    Content content = new Content();
    names.put(path, content);
    return new AppendFile() {
      @Override
      public void append(ByteBuffer source) throws IOException {
        int count = full ? source.remaining() / 2 : source.remaining();
        if (content.size + count > content.bytes.length) {
          content.bytes = Arrays.copyOf(content.bytes, (content.size + count) * 2);
        }
        source.get(content.bytes, content.size, count);
        content.size += count;
        if (full) {
          throw new DiskFullException(path, null);
        }
      }

      @Override
      public long size() {
        return content.size;
      }

      @Override
      public void sync() throws IOException {
        if (syncFails) {
          throw new IOException("sync failed");
        }
        content.synced = content.size;
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public ReadFile open(String path) throws IOException {
    Content content = content(path);
    return new ReadFile() {
      @Override
      public void readAt(long offset, ByteBuffer destination) throws IOException {
        if (offset + destination.remaining() > content.size) {
          throw new EOFException(path);
        }
        destination.put(content.bytes, (int) offset, destination.remaining());
      }

      @Override
      public long size() {
        return content.size;
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public boolean exists(String path) {
    return names.containsKey(path) || directories.contains(path);
  }

  @Override
  public long size(String path) throws IOException {
    return content(path).size;
  }

  @Override
  public List<String> list(String directory) {
    TreeSet<String> found = new TreeSet<>();
    String prefix = directory + "/";
    Set<String> all = new HashSet<>(names.keySet());
    all.addAll(directories);
    for (String name : all) {
      if (name.startsWith(prefix) && name.indexOf('/', prefix.length()) < 0) {
        found.add(name.substring(prefix.length()));
      }
    }
    return List.copyOf(found);
  }

  @Override
  public void createDirectories(String directory) {
    for (String d = directory; !d.isEmpty(); d = parent(d)) {
      directories.add(d);
    }
  }

  @Override
  public void rename(String source, String target) throws IOException {
    names.put(target, content(source));
    names.remove(source);
  }

  @Override
  public void delete(String path) throws IOException {
    if (names.remove(path) == null && !directories.remove(path)) {
      throw new NoSuchFileException(path);
    }
  }

  @Override
  public void link(String existing, String name) throws IOException {
    names.put(name, content(existing));
  }

  @Override
  public void syncDirectory(String directory) {
    durableNames.keySet().removeIf(n -> parent(n).equals(directory) && !names.containsKey(n));
    names.forEach(
        (name, content) -> {
          if (parent(name).equals(directory)) {
            durableNames.put(name, content);
          }
        });
  }

  /** How much is said to be left on the disk; nothing else changes. */
  public void setUsable(long bytes) {
    usable = bytes;
  }

  @Override
  public long usableBytes(String directory) {
    return full ? 0 : usable;
  }

  @Override
  public Closeable lock(String directory) throws IOException {
    if (!locked.add(directory)) {
      throw new IOException("the directory " + directory + " is in use by another node");
    }
    return () -> locked.remove(directory);
  }
}
