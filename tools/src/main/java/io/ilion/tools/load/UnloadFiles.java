package io.ilion.tools.load;

import io.ilion.tools.console.ToolException;
import io.ilion.tools.load.format.FileCompression;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Where unloaded rows go: one file or stream for all threads, or a file for each thread; and then
 * another when it has so many rows, if there may be several. A file is called NAME.partial until it
 * is whole: whatever ends the process, no half of a file has the name of a whole one, nor has it
 * taken the place of an earlier one.
 */
final class UnloadFiles implements AutoCloseable {
  private final UnloadOptions options;
  private final FileCompression compression;
  private final byte[] header;
  private final byte[] open;
  private final byte[] close;
  private final byte[] comma;
  private final Target single;
  private int files;
  private boolean whole;

  /**
   * @param header what each file begins with
   */
  UnloadFiles(UnloadOptions options, String header) throws IOException {
    this.options = options;
    Charset charset = options.charset;
    this.header = header.getBytes(charset);
    boolean array = options.format == LoadOptions.Format.JSON && options.jsonArray;
    this.open = (array ? "[\n" : "").getBytes(charset);
    this.close = (array ? "]\n" : "").getBytes(charset);
    this.comma = (array ? "," : "").getBytes(charset);
    this.compression =
        options.compression != null
            ? options.compression
            : options.output == null || options.folder
                ? FileCompression.NONE
                : FileCompression.ofName(options.output.toString());
    this.single = options.folder ? null : new Target();
    if (options.folder) {
      Files.createDirectories(options.output);
      refuseEarlier(options.output);
    } else {
      single.begin();
    }
  }

  /** Parts of an earlier unload would be taken for parts of this one. */
  private static void refuseEarlier(Path folder) throws IOException {
    try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, "part-*")) {
      for (Path part : parts) {
        throw ToolException.wrongUse(folder + ": has " + part.getFileName() + " of another unload")
            .hint("delete such files, or name another folder");
      }
    }
  }

  /** Where a thread writes to: the same for all, or one of its own. */
  Target target() {
    return single != null ? single : new Target();
  }

  private synchronized Path next() {
    files++;
    if (options.successive) {
      return files == 1
          ? options.output
          : options.output.resolveSibling(options.output.getFileName() + "." + (files - 1));
    }
    String suffix = options.format == LoadOptions.Format.JSON ? ".json" : ".csv";
    return options.output.resolve(
        String.format("part-%05d%s%s", files, suffix, compression.suffix()));
  }

  /** All rows have been written. */
  void done() {
    whole = true;
  }

  /** How many files were written. */
  synchronized int count() {
    return single != null && !options.successive ? 1 : files;
  }

  @Override
  public void close() throws IOException {
    if (single != null) {
      single.end();
    }
  }

  /** A file that is being written. */
  final class Target {
    private OutputStream out;
    private String name;
    private Path path;
    private Path partial;
    private long rows;

    private void begin() throws IOException {
      path = options.folder || options.successive ? next() : options.output;
      name = path == null ? "the standard output" : path.toString();
      partial = partial(path);
      out = new BufferedOutputStream(compression.create(stream()), 1 << 16);
      out.write(header);
      out.write(open);
      rows = 0;
    }

    private OutputStream stream() throws IOException {
      if (path == null) {
        return new Kept(options.standardOutput);
      }
      try {
        return Files.newOutputStream(partial == null ? path : partial);
      } catch (NoSuchFileException e) {
        // Its directory is missing: what was asked for is named, and not what it is called so far.
        throw (IOException) new NoSuchFileException(path.toString()).initCause(e);
      }
    }

    /**
     * Appends whole rows. Waits while the file takes no more.
     *
     * @throws IOException if that fails; names the file
     */
    synchronized void write(byte[] block, int count) throws IOException {
      try {
        append(block, count);
      } catch (IOException e) {
        throw named(e);
      }
    }

    /** The errors of writes, such as that the disk is full, do not say where. */
    private IOException named(IOException failure) {
      return failure instanceof FileSystemException || name == null
          ? failure
          : new IOException(name + ": " + failure.getMessage(), failure);
    }

    private void append(byte[] block, int count) throws IOException {
      if (options.successive && rows > 0 && rows + count > options.rowsPerFile) {
        finish(true);
      }
      if (out == null) {
        begin();
      }
      if (comma.length > 0) {
        // Rows of an array stand in blocks of one, behind a comma but for the first.
        if (rows > 0) {
          out.write(comma);
        }
      }
      out.write(block);
      rows += count;
      if (options.folder && rows >= options.rowsPerFile) {
        finish(true);
      }
    }

    /** Who reads the standard output has each page at once, and is missed as soon. */
    synchronized void endOfPage() throws IOException {
      if (out != null && !options.folder && options.output == null) {
        out.flush();
      }
    }

    private void finish(boolean isWhole) throws IOException {
      if (out != null) {
        try (OutputStream ending = out) {
          out = null;
          ending.write(close);
        }
        if (isWhole && partial != null) {
          Path to = Files.exists(path) ? path.toRealPath() : path;
          Files.move(partial, to, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }

    /** No more rows will come. */
    synchronized void end() throws IOException {
      try {
        finish(whole);
      } catch (IOException e) {
        throw named(e);
      }
    }
  }

  /** What a file is called until it is whole; null for what cannot be renamed, such as a pipe. */
  private static Path partial(Path path) throws IOException {
    if (path == null || (Files.exists(path) && !Files.isRegularFile(path))) {
      return null;
    }
    Path file = Files.exists(path) ? path.toRealPath() : path;
    return file.resolveSibling(file.getFileName() + ".partial");
  }

  /** The standard output, which stays open. */
  private static final class Kept extends java.io.FilterOutputStream {
    Kept(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
