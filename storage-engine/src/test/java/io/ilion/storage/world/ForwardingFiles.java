package io.ilion.storage.world;

import io.ilion.runtime.AppendFile;
import io.ilion.runtime.Files;
import io.ilion.runtime.ReadFile;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** Files that do what others do; what extends them changes what it overrides. */
public abstract class ForwardingFiles implements Files {
  protected final Files files;

  /** Does what other files do. */
  protected ForwardingFiles(Files files) {
    this.files = files;
  }

  @Override
  public AppendFile create(String path) throws IOException {
    return files.create(path);
  }

  @Override
  public AppendFile reuse(String path) throws IOException {
    return files.reuse(path);
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
    files.createDirectories(directory);
  }

  @Override
  public void rename(String source, String target) throws IOException {
    files.rename(source, target);
  }

  @Override
  public void delete(String path) throws IOException {
    files.delete(path);
  }

  @Override
  public void link(String existing, String name) throws IOException {
    files.link(existing, name);
  }

  @Override
  public void sync(String path) throws IOException {
    files.sync(path);
  }

  @Override
  public void syncDirectory(String directory) throws IOException {
    files.syncDirectory(directory);
  }

  @Override
  public long usableBytes(String directory) throws IOException {
    return files.usableBytes(directory);
  }

  @Override
  public Closeable lock(String directory) throws IOException {
    return files.lock(directory);
  }
}
