package io.ilion.storage.world;

import io.ilion.runtime.AppendFile;
import io.ilion.runtime.Files;
import io.ilion.runtime.ReadFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Files that count the reads of other files, how much was read, and how much waits for a sync. */
public final class CountingFiles extends ForwardingFiles {
  private int reads;
  private long bytes;
  private final List<Extent> extents = new ArrayList<>();
  private long unreadable = -1;
  private long mostWaiting;
  private final Set<String> paths = new TreeSet<>();

  /** Which bytes of a file one read was for. */
  public record Extent(long offset, int length) {
    /** Whether a byte of the file is among them. */
    public boolean has(long at) {
      return at >= offset && at < offset + length;
    }
  }

  /** Counts the reads of some files. */
  public CountingFiles(Files files) {
    super(files);
  }

  /** How many reads there were since the last call. */
  public int takeReads() {
    int taken = reads;
    reads = 0;
    bytes = 0;
    extents.clear();
    return taken;
  }

  /** How many bytes were read since the last call of {@link #takeReads}. */
  public long bytesRead() {
    return bytes;
  }

  /** What was read since the last call of this or of {@link #takeReads}. */
  public List<Extent> takeExtents() {
    List<Extent> taken = List.copyOf(extents);
    int unused = takeReads();
    return taken;
  }

  /** Which files were read since the last call of this. */
  public Set<String> takePaths() {
    Set<String> taken = Set.copyOf(paths);
    paths.clear();
    return taken;
  }

  /** Has each read fail from now on that is for a byte of any file. */
  public void setUnreadable(long at) {
    unreadable = at;
  }

  @Override
  public ReadFile open(String path) throws IOException {
    ReadFile file = files.open(path);
    return new ReadFile() {
      @Override
      public void readAt(long offset, ByteBuffer destination) throws IOException {
        reads++;
        bytes += destination.remaining();
        paths.add(path);
        extents.add(new Extent(offset, destination.remaining()));
        if (extents.getLast().has(unreadable)) {
          throw new IOException("the disk has failed");
        }
        file.readAt(offset, destination);
      }

      @Override
      public long size() {
        return file.size();
      }

      @Override
      public void close() throws IOException {
        file.close();
      }
    };
  }

  @Override
  public AppendFile create(String path) throws IOException {
    AppendFile file = files.create(path);
    return new AppendFile() {
      private long writtenOut;

      @Override
      public void append(ByteBuffer source) throws IOException {
        file.append(source);
        mostWaiting = Math.max(mostWaiting, size() - writtenOut);
      }

      @Override
      public void writeOut() throws IOException {
        file.writeOut();
        writtenOut = size();
      }

      @Override
      public long size() {
        return file.size();
      }

      @Override
      public void sync() throws IOException {
        file.sync();
        writtenOut = size();
      }

      @Override
      public void close() throws IOException {
        file.close();
      }
    };
  }

  /** How much of any file ever waited to be written out. */
  public long mostWaiting() {
    return mostWaiting;
  }
}
