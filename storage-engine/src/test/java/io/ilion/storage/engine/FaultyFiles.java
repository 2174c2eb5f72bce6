package io.ilion.storage.engine;

import io.ilion.runtime.AppendFile;
import io.ilion.runtime.Files;
import io.ilion.storage.world.ForwardingFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A disk that does what another does, but for what a test changes. */
class FaultyFiles extends ForwardingFiles {
  FaultyFiles(Files files) {
    super(files);
  }

  AppendFile wrap(String path, AppendFile file) {
    return file;
  }

  @Override
  public AppendFile create(String path) throws IOException {
    return wrap(path, super.create(path));
  }

  /** A file that does what another does, but maybe never syncs. */
  static class WrappedFile implements AppendFile {
    private final AppendFile file;
    private final boolean lies;

    WrappedFile(AppendFile file, boolean lies) {
      this.file = file;
      this.lies = lies;
    }

    @Override
    public void append(ByteBuffer bytes) throws IOException {
      file.append(bytes);
    }

    @Override
    public long size() {
      return file.size();
    }

    @Override
    public void writeOut() throws IOException {
      file.writeOut();
    }

    @Override
    public void sync() throws IOException {
      if (!lies) {
        file.sync();
      }
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  /** Notes in the manifest that one record more is in files than there is. */
  static final class HastyManifest extends WrappedFile {
    private final long number;

    HastyManifest(String path, AppendFile file) {
      super(file, false);
      number = Long.parseLong(path.replaceAll("\\D", ""));
    }

    @Override
    public void append(ByteBuffer bytes) throws IOException {
      byte[] record = new byte[bytes.remaining()];
      bytes.get(record);
      if (record[0] == 'I') {
        super.append(ByteBuffer.wrap(record));
        return;
      }
      byte[] payload = Arrays.copyOfRange(record, 8, record.length);
      List<ManifestEdit> edits = new ArrayList<>();
      for (ManifestEdit edit : ManifestEdit.decode(payload)) {
        edits.add(
            edit instanceof ManifestEdit.Flushed f
                ? new ManifestEdit.Flushed(f.table(), f.run(), f.lane(), f.number() + 1)
                : edit);
      }
      byte[] changed = ManifestEdit.encode(edits);
      super.append(
          ByteBuffer.allocate(8 + changed.length)
              .putInt(changed.length)
              .putInt(Manifest.crc(number, size(), changed, 0, changed.length))
              .put(changed)
              .flip());
    }
  }
}
