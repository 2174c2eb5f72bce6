package io.ilion.runtime.simulated;

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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * A disk in memory that is as bad as a disk may be.
 *
 * <ul>
 *   <li>When the power fails, bytes that were not synced are lost, torn or swapped with old content
 *       sector by sector, in any order; of the changes of a directory since its last sync a
 *       beginning survives, or any part.
 *   <li>A sync may fail, and then what it was for may be lost although a later one succeeds.
 *   <li>The disk may be full or slow, and bytes may rot.
 *   <li>The process may end at any call.
 * </ul>
 *
 * <p>Directories are durable when {@link #createDirectories} returns, as the seam promises.
 */
public final class SimulatedFiles implements Files {
  private static final int GRAVES = 8;

  /** How often a read finds its bytes in the memory of the operating system. */
  private static final double CACHED_READS = 0.5;

  private final SimulatedWorld world;
  private final SimulatedRandom random;
  private final Runnable processEnds;
  private TreeMap<String, Inode> names = new TreeMap<>();
  private TreeMap<String, Inode> durableNames = new TreeMap<>();
  private final Map<String, List<NameChange>> unsyncedNames = new TreeMap<>();
  private final TreeSet<String> directories = new TreeSet<>();
  private final Set<String> locked = new HashSet<>();
  private final ArrayDeque<byte[]> graves = new ArrayDeque<>();
  private long nextInode;
  private long operations;
  private long stopAt = Long.MAX_VALUE;
  private boolean halted;
  private boolean full;
  private long claimedUsable = 1L << 40;
  private long capacity = Long.MAX_VALUE;
  private long failingSyncs;
  private boolean syncFailed;
  private long syncsBeforeFailure;
  private long leastLatency;
  private long mostLatency;
  private long slowUntilNanos;
  private long slowCalls;
  private long refusedAppends;
  private long failedSyncs;
  private Predicate<String> lyingSyncs = path -> false;

  /** One change of a directory: a name that came (inode) or went (null), or moved away as well. */
  private record NameChange(String name, Inode inode, String goneToo) {}

  SimulatedFiles(SimulatedWorld world, SimulatedRandom random, Runnable processEnds) {
    this.world = world;
    this.random = random;
    this.processEnds = processEnds;
  }

  // Faults.

  /** Has every sync fail from now on, or work again. */
  public void setSyncFails(boolean fails) {
    failingSyncs = fails ? Long.MAX_VALUE : 0;
    syncsBeforeFailure = 0;
  }

  /** Has syncs of some files say that they did what they did not do, to see who finds it. */
  public void setLyingSyncs(Predicate<String> paths) {
    lyingSyncs = paths;
  }

  /** Has one sync fail, after so many that work. */
  public void failOneSync(long after) {
    failingSyncs = 1;
    syncsBeforeFailure = after;
  }

  /** Has a disk that fails once do so no more, if it has not yet. */
  public void failNoSync() {
    failingSyncs = 0;
  }

  /** Whether a sync has failed since the power did. */
  public boolean hasFailed() {
    return syncFailed;
  }

  /** Has every append fail for lack of space from now on, or work again. */
  public void setFull(boolean isFull) {
    full = isFull;
  }

  /** Has appends fail when all files together would have more bytes than this. */
  public void setCapacity(long bytes) {
    capacity = bytes;
  }

  /** How much is said to be left on the disk; nothing else changes. */
  public void setUsable(long bytes) {
    claimedUsable = bytes;
  }

  /** How long a call takes from now on, in nanoseconds. */
  public void setLatency(long least, long most) {
    setLatency(least, most, Long.MAX_VALUE - world.nanos());
  }

  /** As above, for a while: also of a task that makes many calls only some are slow. */
  public void setLatency(long least, long most, long forNanos) {
    leastLatency = least;
    mostLatency = most;
    slowUntilNanos = world.nanos() + forNanos;
  }

  /** Has the process end at the so-manieth call from now on, before or after its effect. */
  public void stopAfter(long calls) {
    stopAt = operations + calls;
  }

  /** Lets the process live. */
  public void neverStop() {
    stopAt = Long.MAX_VALUE;
  }

  /** How many calls were slow so far. */
  public long slowCalls() {
    return slowCalls;
  }

  /** How many appends have failed so far for lack of space. */
  public long refusedAppends() {
    return refusedAppends;
  }

  /** How many syncs have failed so far. */
  public long failedSyncs() {
    return failedSyncs;
  }

  /** The number of calls so far. */
  public long operations() {
    return operations;
  }

  /** The bytes of a file. */
  public byte[] bytes(String path) {
    Inode inode = names.get(path);
    return Arrays.copyOf(inode.bytes, inode.size);
  }

  /** Replaces a file by one with these bytes, durably. */
  public void setBytes(String path, byte[] bytes) {
    Inode inode = new Inode(nextInode++);
    inode.bytes = bytes.clone();
    inode.size = bytes.length;
    inode.appended = bytes.length;
    inode.synced = bytes.length;
    inode.links = 1;
    names.put(path, inode);
    durableNames.put(path, inode);
  }

  /** Changes bits of one byte of a file, as a disk does on its own. */
  public void corrupt(String path, int offset, int bits) {
    names.get(path).bytes[offset] ^= (byte) bits;
  }

  /**
   * Changes bits of one byte of a file for a while.
   *
   * @return what changes them back; nothing is done to another file that has the name by then, nor
   *     if the power has failed and the byte is another one since
   */
  public Runnable rot(String path, int offset, int bits) {
    corrupt(path, offset, bits);
    Inode inode = names.get(path);
    byte rotten = inode.bytes[offset];
    return () -> {
      if (inode.bytes[offset] == rotten) {
        inode.bytes[offset] ^= (byte) bits;
      }
    };
  }

  /** The paths of all files. */
  public List<String> paths() {
    return List.copyOf(names.keySet());
  }

  void processBegins() {
    halted = false;
  }

  void processEnded() {
    locked.clear();
    halted = false;
    stopAt = Long.MAX_VALUE;
  }

  void powerFailed() {
    syncFailed = false;
    TreeMap<String, Inode> survived = new TreeMap<>(durableNames);
    for (List<NameChange> changes : unsyncedNames.values()) {
      boolean inOrder = random.chance(0.6);
      int kept = random.below(changes.size() + 1);
      for (int i = 0; i < changes.size(); i++) {
        if (inOrder ? i < kept : random.chance(0.5)) {
          make(changes.get(i), survived);
        }
      }
    }
    unsyncedNames.clear();
    names = survived;
    TreeMap<Long, Inode> inodes = new TreeMap<>();
    for (Inode inode : names.values()) {
      inode.links = 0;
      inodes.put(inode.id, inode);
    }
    names.values().forEach(inode -> inode.links++);
    byte[] stale = graves.isEmpty() ? null : graves.peekFirst();
    inodes.values().forEach(inode -> inode.powerFailed(random, stale));
    durableNames = new TreeMap<>(names);
    world.note(names.size());
  }

  private static void make(NameChange change, TreeMap<String, Inode> directory) {
    if (change.inode == null) {
      directory.remove(change.name);
    } else {
      directory.put(change.name, change.inode);
      if (change.goneToo != null) {
        directory.remove(change.goneToo);
      }
    }
  }

  // The seam.

  private static String parent(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  /** A call begins: it is counted, takes its time, and may be the last of this process. */
  private void call(String what, String path, Effect effect) throws IOException {
    if (halted) {
      throw new SimulatedCrash("a call after its end");
    }
    operations++;
    world.note(what.hashCode() * 31L + path.hashCode());
    if (mostLatency > 0 && world.nanos() < slowUntilNanos) {
      slowCalls++;
      world.elapse(random.between(leastLatency, mostLatency));
    }
    if (operations >= stopAt) {
      if (random.chance(0.5)) {
        effect.happen();
      }
      stopAt = Long.MAX_VALUE;
      halted = true;
      processEnds.run();
      throw new SimulatedCrash(what + " " + path);
    }
    effect.happen();
  }

  /** What a call does. */
  private interface Effect {
    void happen() throws IOException;
  }

  private void change(String directory, NameChange change) {
    unsyncedNames.computeIfAbsent(directory, d -> new ArrayList<>()).add(change);
    Inode lost = names.get(change.inode == null ? change.name : "");
    if (change.inode != null) {
      Inode replaced = names.get(change.name);
      change.inode.links++;
      unlink(replaced);
      if (change.goneToo != null) {
        change.inode.links--;
      }
    } else {
      unlink(lost);
    }
    make(change, names);
  }

  private void unlink(Inode inode) {
    if (inode != null && --inode.links == 0) {
      graves.addFirst(Arrays.copyOf(inode.bytes, inode.size));
      if (graves.size() > GRAVES) {
        graves.removeLast();
      }
    }
  }

  private Inode inode(String path) throws NoSuchFileException {
    Inode inode = names.get(path);
    if (inode == null) {
      throw new NoSuchFileException(path);
    }
    return inode;
  }

  private long used() {
    Set<Inode> seen = new HashSet<>();
    long bytes = 0;
    for (Inode inode : names.values()) {
      bytes += inode.links == 1 || seen.add(inode) ? inode.size : 0;
    }
    return bytes;
  }

  @Override
  public AppendFile create(String path) throws IOException {
    Inode inode = new Inode(nextInode++);
    call(
        "create",
        path,
        () -> {
          if (names.containsKey(path)) {
            throw new FileAlreadyExistsException(path);
          }
          if (!directories.contains(parent(path))) {
            throw new NoSuchFileException(parent(path));
          }
          change(parent(path), new NameChange(path, inode, null));
        });
    return new Append(path, inode);
  }

  @Override
  public AppendFile reuse(String path) throws IOException {
    call("reuse", path, () -> inode(path).reuse());
    return new Append(path, inode(path));
  }

  @Override
  public ReadFile open(String path) throws IOException {
    call("open", path, () -> inode(path));
    return new Read(path, inode(path));
  }

  @Override
  public boolean exists(String path) {
    return names.containsKey(path) || directories.contains(path);
  }

  @Override
  public boolean isDirectory(String path) {
    return directories.contains(path);
  }

  @Override
  public long size(String path) throws IOException {
    return inode(path).size;
  }

  @Override
  public List<String> list(String directory) {
    TreeSet<String> found = new TreeSet<>();
    String prefix = directory + "/";
    for (var all : List.of(names.navigableKeySet(), directories)) {
      for (String name : all.tailSet(prefix, false)) {
        if (!name.startsWith(prefix)) {
          break;
        }
        if (name.indexOf('/', prefix.length()) < 0) {
          found.add(name.substring(prefix.length()));
        }
      }
    }
    return List.copyOf(found);
  }

  @Override
  public void createDirectories(String directory) throws IOException {
    if (!directories.contains(directory)) {
      call(
          "mkdir",
          directory,
          () -> {
            for (String d = directory; !d.isEmpty(); d = parent(d)) {
              directories.add(d);
            }
          });
    }
  }

  @Override
  public void rename(String source, String target) throws IOException {
    call(
        "rename",
        target,
        () -> change(parent(target), new NameChange(target, inode(source), source)));
  }

  @Override
  public void delete(String path) throws IOException {
    call(
        "delete",
        path,
        () -> {
          if (names.containsKey(path)) {
            change(parent(path), new NameChange(path, null, null));
          } else if (!directories.remove(path)) {
            throw new NoSuchFileException(path);
          }
        });
  }

  @Override
  public void link(String existing, String name) throws IOException {
    call(
        "link",
        name,
        () -> {
          if (names.containsKey(name)) {
            throw new FileAlreadyExistsException(name);
          }
          change(parent(name), new NameChange(name, inode(existing), null));
        });
  }

  @Override
  public void sync(String path) throws IOException {
    call("sync", path, () -> synced(path, inode(path)));
  }

  private void synced(String path, Inode inode) throws IOException {
    if (syncFails()) {
      inode.syncFailed();
      throw new IOException("sync of " + path + " failed");
    }
    if (!lyingSyncs.test(path)) {
      inode.syncSucceeded();
    }
  }

  @Override
  public void syncDirectory(String directory) throws IOException {
    call(
        "syncdir",
        directory,
        () -> {
          if (syncFails()) {
            throw new IOException("sync of " + directory + " failed");
          }
          List<NameChange> changes = unsyncedNames.remove(directory);
          if (changes != null) {
            changes.forEach(change -> make(change, durableNames));
          }
        });
  }

  private boolean syncFails() {
    if (failingSyncs == 0) {
      return false;
    }
    if (syncsBeforeFailure > 0) {
      syncsBeforeFailure--;
      return false;
    }
    failingSyncs -= failingSyncs == Long.MAX_VALUE ? 0 : 1;
    syncFailed = true;
    failedSyncs++;
    return true;
  }

  @Override
  public long usableBytes(String directory) {
    return full
        ? 0
        : Math.min(claimedUsable, capacity == Long.MAX_VALUE ? capacity : capacity - used());
  }

  @Override
  public Closeable lock(String directory) throws IOException {
    if (!locked.add(directory)) {
      throw new IOException("the directory " + directory + " is in use by another node");
    }
    return () -> locked.remove(directory);
  }

  private final class Append implements AppendFile {
    private final String path;
    private final Inode inode;

    Append(String path, Inode inode) {
      this.path = path;
      this.inode = inode;
    }

    @Override
    public void append(ByteBuffer source) throws IOException {
      call("append", path, () -> take(source));
    }

    private void take(ByteBuffer source) throws IOException {
      int count = source.remaining();
      if (full) {
        count /= 2;
      } else if (capacity != Long.MAX_VALUE) {
        long room = inode.size - inode.appended + capacity - used();
        count = (int) Math.max(0, Math.min(count, room));
      }
      inode.append(source, count);
      world.note(count);
      if (source.hasRemaining()) {
        refusedAppends++;
        throw new DiskFullException(path, null);
      }
    }

    @Override
    public long size() {
      return inode.appended;
    }

    @Override
    public void sync() throws IOException {
      call("sync", path, () -> synced(path, inode));
    }

    @Override
    public void close() {}
  }

  private final class Read implements ReadFile {
    private final String path;
    private final Inode inode;
    private final int size;

    Read(String path, Inode inode) {
      this.path = path;
      this.inode = inode;
      this.size = inode.size;
    }

    @Override
    public void readAt(long offset, ByteBuffer destination) throws IOException {
      call("read", path, () -> copy(offset, destination));
    }

    private void copy(long offset, ByteBuffer destination) throws IOException {
      if (offset < 0 || offset + destination.remaining() > size) {
        throw new EOFException(
            path + " ends at " + size + ", wanted up to " + (offset + destination.remaining()));
      }
      destination.put(inode.bytes, (int) offset, destination.remaining());
    }

    @Override
    public boolean tryReadAt(long offset, ByteBuffer destination) throws IOException {
      if (halted || !random.chance(CACHED_READS)) {
        return false;
      }
      copy(offset, destination);
      return true;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public void close() {}
  }
}
