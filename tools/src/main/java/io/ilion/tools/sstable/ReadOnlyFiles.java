package io.ilion.tools.sstable;

import io.ilion.runtime.AppendFile;
import io.ilion.runtime.Files;
import io.ilion.runtime.ReadFile;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** Files that stay as they are: all that would change something is refused. */
final class ReadOnlyFiles implements Files {
  private final Files files;

  ReadOnlyFiles(Files files) {
    this.files = files;
  }

  private static IOException refused() {
    return new IOException("files are only read");
  }

  @Override
  public AppendFile create(String path) throws IOException {
    throw refused();
  }

  @Override
  public AppendFile reuse(String path) throws IOException {
    throw refused();
  }

  @Override
  public ReadFile open(String path) throws IOException {
    return files.open(path);
  }

  @Override
  public boolean exists(String path) throws IOException {
    return files.exists(path);
  }

  @Override
  public boolean isDirectory(String path) throws IOException {
    return files.isDirectory(path);
  }

  @Override
  public long size(String path) throws IOException {
    return files.size(path);
  }

  @Override
  public List<String> list(String directory) throws IOException {
    return files.list(directory);
  }

  @Override
  public void createDirectories(String directory) throws IOException {
    throw refused();
  }

  @Override
  public void rename(String source, String target) throws IOException {
    throw refused();
  }

  @Override
  public void delete(String path) throws IOException {
    throw refused();
  }

  @Override
  public void link(String existing, String name) throws IOException {
    throw refused();
  }

  @Override
  public void sync(String path) throws IOException {
    throw refused();
  }

  @Override
  public void syncDirectory(String directory) throws IOException {
    throw refused();
  }

  @Override
  public long usableBytes(String directory) throws IOException {
    return files.usableBytes(directory);
  }

  @Override
  public Closeable lock(String directory) throws IOException {
    throw refused();
  }
}
