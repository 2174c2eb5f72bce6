package io.ilion.tools.load.format;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;

/** How a file of records is compressed. Several compressed files one behind the other are one. */
public enum FileCompression {
  NONE(""),
  GZIP(".gz"),
  ZSTD(".zst"),
  LZ4(".lz4");

  private static final int BUFFER = 1 << 16;

  private final String suffix;

  FileCompression(String suffix) {
    this.suffix = suffix;
  }

  /** The end of the names of such files. */
  public String suffix() {
    return suffix;
  }

  /** What the name of a file says. */
  public static FileCompression ofName(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    for (FileCompression each : values()) {
      if (each != NONE && lower.endsWith(each.suffix)) {
        return each;
      }
    }
    return lower.endsWith(".zstd") ? ZSTD : lower.endsWith(".gzip") ? GZIP : NONE;
  }

  /** The bytes as they were before. */
  public InputStream open(InputStream in) throws IOException {
    return switch (this) {
      case NONE -> in;
      case GZIP -> new GZIPInputStream(in, BUFFER);
      case ZSTD -> new ZstdInputStream(in).setContinuous(false);
      case LZ4 -> new LZ4FrameInputStream(in);
    };
  }

  /** A stream that compresses what is written to it; closing it closes the other. */
  public OutputStream create(OutputStream out) throws IOException {
    return switch (this) {
      case NONE -> out;
      case GZIP -> new GZIPOutputStream(out, BUFFER);
      case ZSTD -> new ZstdOutputStream(out);
      case LZ4 -> new LZ4FrameOutputStream(out);
    };
  }
}
