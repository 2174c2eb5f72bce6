package io.ilion.server.operations;

import io.ilion.runtime.AppendFile;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Files;
import io.ilion.runtime.Lane;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * SSTables that somebody sends to be imported. They wait in a directory of the node, where no table
 * sees them, until all of an upload are whole and durable; then the upload is imported and dropped.
 *
 * <p>A file comes in pieces, front to back, each with its checksum, and has its name only when it
 * is whole. Whole files stay when the sender or the node dies: who goes on need not send them
 * again. An upload that nobody has touched for two days goes when the next one begins. Safe to call
 * from any thread: the work is done on a lane that may block.
 */
public final class ImportUploads {
  private static final Pattern ID = Pattern.compile("[0-9A-Za-z_-]{1,64}");
  private static final Pattern NAME = Pattern.compile("sstable-[1-9][0-9]{0,17}\\.v1");
  private static final String UNFINISHED = ".part";
  private static final int MOST = 16;
  private static final Duration KEPT = Duration.ofDays(2);

  private final Files files;
  private final String root;
  private final Lane lane;
  private final Clock clock;

  // Owned by the lane.
  private long received;
  private Map<String, Upload> uploads;

  private volatile Activity activity = new Activity(0, 0, 0, 0, 0);

  /**
   * What is sent to the node.
   *
   * @param uploads that are here, those being imported among them
   * @param bytes of them
   * @param expectedBytes that they will have, as far as it is known
   * @param receivedBytes in all since the start
   */
  public record Activity(
      int uploads, int importing, long bytes, long expectedBytes, long receivedBytes) {}

  /** What has come of an upload. */
  private static final class Upload {
    private final String directory;
    private final Map<String, Long> whole = new TreeMap<>();
    private String name;
    private AppendFile file;
    private long touchedMillis;
    private boolean isImporting;

    /** How much it will be; 0 if an earlier run of the node was told. */
    private long expectedBytes;

    Upload(String directory, long nowMillis) {
      this.directory = directory;
      this.touchedMillis = nowMillis;
    }

    String unfinished() {
      return directory + "/" + name + UNFINISHED;
    }

    void close() throws IOException {
      file.close();
      file = null;
    }

    /** What is here, of the file that comes just now as well. */
    long bytes() {
      long bytes = file == null ? 0 : file.size();
      for (long size : whole.values()) {
        bytes += size;
      }
      return bytes;
    }

    boolean isAt(String wanted, long offset) {
      return file != null && name.equals(wanted) && file.size() == offset;
    }
  }

  /**
   * Uploads into a directory, which is made when it is needed.
   *
   * @param lane one that may block, of these uploads alone
   */
  public ImportUploads(Files files, String root, Lane lane, Clock clock) {
    this.files = files;
    this.root = root;
    this.lane = lane;
    this.clock = clock;
  }

  /** Forgets a file that is not whole: it is begun again, if at all. */
  private void abandon(Upload upload) throws IOException {
    if (upload.file != null) {
      upload.close();
      files.delete(upload.unfinished());
    }
  }

  /** Something that is done on the lane. */
  private interface Action<T> {
    T run() throws IOException;
  }

  private <T> CompletionStage<T> onLane(Action<T> action) {
    CompletableFuture<T> done = new CompletableFuture<>();
    lane.execute(
        () -> {
          try {
            find();
            T result;
            try {
              result = action.run();
            } finally {
              note();
            }
            done.complete(result);
          } catch (IOException | RuntimeException e) {
            done.completeExceptionally(e);
          }
        });
    return done;
  }

  private void note() {
    int importing = 0;
    long bytes = 0;
    long expected = 0;
    for (Upload upload : uploads.values()) {
      importing += upload.isImporting ? 1 : 0;
      bytes += upload.bytes();
      expected += Math.max(upload.expectedBytes, upload.bytes());
    }
    activity = new Activity(uploads.size(), importing, bytes, expected, received);
  }

  /** What there was when something was done last. Any thread may ask. */
  public Activity activity() {
    return activity;
  }

  /** What earlier runs of the node were sent. */
  private void find() throws IOException {
    if (uploads != null) {
      return;
    }
    Map<String, Upload> found = new TreeMap<>();
    for (String id : files.list(root)) {
      Upload upload = new Upload(root + "/" + id, clock.wallMillis());
      for (String name : files.list(upload.directory)) {
        if (NAME.matcher(name).matches()) {
          upload.whole.put(name, files.size(upload.directory + "/" + name));
        } else {
          files.delete(upload.directory + "/" + name);
        }
      }
      found.put(id, upload);
    }
    uploads = found;
  }

  /**
   * Begins an upload, or goes on with it.
   *
   * @param id a name that the sender chose
   * @param bytes how much it will be
   * @return the files that are whole, with their lengths
   */
  CompletionStage<Map<String, Long>> begin(String id, long bytes) {
    if (!ID.matcher(id).matches()) {
      throw OperationException.badArgument("'" + id + "' cannot be the name of an upload");
    }
    return onLane(
        () -> {
          forgetOld(id);
          Upload upload = uploads.get(id);
          if (upload == null) {
            if (uploads.size() >= MOST) {
              throw new OperationException(
                  OperationException.Reason.BUSY,
                  "there are " + MOST + " uploads already; import-drop deletes one");
            }
            upload = new Upload(root + "/" + id, clock.wallMillis());
            files.createDirectories(upload.directory);
            uploads.put(id, upload);
          }
          requireIdle(id, upload);
          abandon(upload);
          upload.touchedMillis = clock.wallMillis();
          upload.expectedBytes = bytes;
          long here = upload.whole.values().stream().mapToLong(Long::longValue).sum();
          long usable = files.usableBytes(upload.directory);
          // They are written once more when they are imported.
          if (2 * bytes - here > usable) {
            throw OperationException.refused(
                "an import of "
                    + bytes
                    + " bytes needs twice the room, and "
                    + usable
                    + " are free");
          }
          return Map.copyOf(upload.whole);
        });
  }

  private void forgetOld(String except) throws IOException {
    long before = clock.wallMillis() - KEPT.toMillis();
    for (String id : List.copyOf(uploads.keySet())) {
      Upload upload = uploads.get(id);
      if (!id.equals(except) && !upload.isImporting && upload.touchedMillis < before) {
        delete(id);
      }
    }
  }

  /**
   * Takes the next piece of a file; one at 0 begins the file anew.
   *
   * @param checksum CRC-32C of the bytes
   * @param isLast whether the file is whole with that
   * @return how long the file is now
   */
  public CompletionStage<Long> append(
      String id, String name, long offset, long checksum, boolean isLast, byte[] bytes) {
    if (!NAME.matcher(name).matches()) {
      throw OperationException.badArgument("'" + name + "' is no name of an SSTable");
    }
    CRC32C found = new CRC32C();
    found.update(bytes);
    if (found.getValue() != checksum) {
      throw OperationException.failed("the bytes are not those of the checksum");
    }
    return onLane(
        () -> {
          Upload upload = known(id);
          requireIdle(id, upload);
          upload.touchedMillis = clock.wallMillis();
          String path = upload.directory + "/" + name;
          if (offset == 0) {
            abandon(upload);
            upload.whole.remove(name);
            upload.name = name;
            upload.file = files.create(upload.unfinished());
          } else if (!upload.isAt(name, offset)) {
            throw OperationException.refused(
                name + " is not at " + offset + ": begin the file again");
          }
          append(upload, bytes);
          received += bytes.length;
          long size = upload.file.size();
          if (isLast) {
            upload.file.sync();
            upload.close();
            files.rename(upload.unfinished(), path);
            files.syncDirectory(upload.directory);
            upload.whole.put(name, size);
          }
          return size;
        });
  }

  private void append(Upload upload, byte[] bytes) throws IOException {
    try {
      upload.file.append(ByteBuffer.wrap(bytes));
    } catch (IOException e) {
      abandon(upload);
      throw e;
    }
  }

  private Upload known(String id) {
    Upload upload = uploads.get(id);
    if (upload == null) {
      throw OperationException.notFound("there is no upload '" + id + "'");
    }
    return upload;
  }

  private static void requireIdle(String id, Upload upload) {
    if (upload.isImporting) {
      throw OperationException.refused(id + " is being imported");
    }
  }

  /**
   * The directory of an upload, which stays as it is until {@link #ended}.
   *
   * @param count how many files it has to have, or it is refused
   */
  CompletionStage<String> take(String id, long count) {
    return onLane(
        () -> {
          Upload upload = known(id);
          requireIdle(id, upload);
          if (upload.file != null || upload.whole.size() != count) {
            throw OperationException.refused(
                "of %d files %d are here".formatted(count, upload.whole.size()));
          }
          upload.isImporting = true;
          return upload.directory;
        });
  }

  /** An upload was imported, and goes; or it was not, and stays. */
  CompletionStage<Void> ended(String id, boolean isImported) {
    return onLane(
        () -> {
          Upload upload = known(id);
          upload.isImporting = false;
          upload.touchedMillis = clock.wallMillis();
          if (isImported) {
            delete(id);
          }
          return null;
        });
  }

  /** Deletes an upload; false if there is none. */
  CompletionStage<Boolean> drop(String id) {
    return onLane(
        () -> {
          if (uploads.get(id) == null) {
            return false;
          }
          requireIdle(id, uploads.get(id));
          delete(id);
          return true;
        });
  }

  private void delete(String id) throws IOException {
    Upload upload = known(id);
    abandon(upload);
    for (String name : files.list(upload.directory)) {
      files.delete(upload.directory + "/" + name);
    }
    files.delete(upload.directory);
    uploads.remove(id);
  }

  /** What there is, as JSON has it. */
  CompletionStage<List<Object>> list() {
    return onLane(
        () -> {
          List<Object> all = new ArrayList<>();
          uploads.forEach(
              (id, upload) ->
                  all.add(
                      Json.object(
                          "upload",
                          id,
                          "files",
                          upload.whole.size(),
                          "completed_bytes",
                          upload.bytes(),
                          "total_bytes",
                          upload.expectedBytes == 0 ? null : upload.expectedBytes,
                          "importing",
                          upload.isImporting)));
          return all;
        });
  }
}
