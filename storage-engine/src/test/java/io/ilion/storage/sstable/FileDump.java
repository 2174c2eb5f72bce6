package io.ilion.storage.sstable;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * An SSTable of version 1 as text: bytes in hex, with what they are. This is a second reading of
 * the specification at {@link SSTableWriter}, and shares no code with the first. A run of equal
 * bytes is written as {@code xx*n}.
 */
final class FileDump {
  private final ByteBuffer file;
  private final StringBuilder out = new StringBuilder();
  private int at;

  private record Extent(int offset, int stored, int raw) {}

  private FileDump(byte[] bytes) {
    file = ByteBuffer.wrap(bytes);
  }

  static String of(byte[] bytes) {
    FileDump dump = new FileDump(bytes);
    dump.all();
    return dump.out.toString();
  }

  /** The bytes of a text; everything behind a # is left out. */
  static byte[] parse(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String line : text.split("\n")) {
      for (String word : line.replaceFirst("#.*", "").trim().split(" +")) {
        int star = word.indexOf('*');
        byte[] some = HexFormat.of().parseHex(star < 0 ? word : word.substring(0, star));
        int times = star < 0 ? 1 : Integer.parseInt(word.substring(star + 1));
        for (int i = 0; i < times; i++) {
          bytes.writeBytes(some);
        }
      }
    }
    return bytes.toByteArray();
  }

  private void all() {
    int footer = file.capacity() - 56;
    int root = (int) file.getLong(footer);
    int codec = file.get(footer + 32);
    section("header");
    take(8, "ILIONSST");
    take(4, "version");
    take(4, "reserved");
    List<Extent> pages = new ArrayList<>();
    int in = root + 4;
    for (int i = 0; i < file.getInt(root); i++) {
      in += 8;
      in += 4 + Math.max(0, file.getInt(in));
      in += 4 + Math.max(0, file.getInt(in));
      pages.add(new Extent((int) file.getLong(in), file.getInt(in + 8), file.getInt(in + 16)));
      in += 20;
    }
    for (Extent page : pages) {
      int entries = page.offset + 12 + 8 * file.getInt(page.offset + 4);
      for (int i = 0; i < page.raw; i++) {
        int entry = entries + 48 * i;
        int stored = file.getInt(entry + 32);
        int raw = file.getInt(entry + 36);
        section("block of " + raw + " bytes");
        expect((int) file.getLong(entry + 24));
        if (stored == raw) {
          block(at + raw);
        } else {
          take(stored, codec == 1 ? "compressed by LZ4" : "compressed by Zstd");
        }
      }
      expect(page.offset);
      page(page.stored);
    }
    expect(root);
    root(pages.size());
    expect((int) file.getLong(footer + 16));
    statistics(footer);
    section("footer");
    take(8, "offset of the root");
    take(4, "its length");
    take(4, "its checksum");
    take(8, "offset of the statistics");
    take(4, "their length");
    take(4, "their checksum");
    take(1, "codec");
    take(3, "reserved");
    take(4, "version");
    take(4, "sign of its table and generation");
    take(4, "checksum of this footer");
    take(8, "ILIONEND");
    expect(file.capacity());
  }

  private void block(int end) {
    int tail = end - 12;
    int entries = file.getInt(tail);
    int heads = file.getInt(tail + 4);
    int width = end - at <= 65_535 ? 2 : 4;
    int table = tail - (entries + heads) * width;
    while (at < table) {
      entry();
    }
    expect(table);
    take(entries * width, "offsets of the entries");
    if (heads > 0) {
      take(heads * width, "numbers of the heads");
    }
    take(4, "entries");
    take(4, "heads");
    take(4, "markers");
  }

  private void entry() {
    switch (take(1, "entry: 1 head, 2 marker, 3 row, 4 continued")) {
      case 1 -> {
        take(8, "  token");
        sized("  partition key");
        int flags = take(1, "  flags: 1 deletion, 2 static row");
        if ((flags & 1) != 0) {
          deletion("  deletion");
        }
        if ((flags & 2) != 0) {
          sized("  static row");
        }
      }
      case 2 -> {
        sized("  position");
        deletion("  before");
        deletion("  after");
      }
      case 3 -> {
        int key = vint("  length of the key");
        int image = vint("  length of the image");
        if (key > 0) {
          take(key, "  key");
        }
        take(image, "  image");
      }
      case 4 -> deletion("  in force");
      default -> throw new AssertionError("no such entry, before offset " + at);
    }
  }

  private void page(int length) {
    section("index page");
    int end = at + length;
    int blocks = take(4, "blocks");
    int words = take(4, "words of the filter");
    take(4, "probes of the filter");
    take(words * 8, "filter");
    for (int i = 0; i < blocks; i++) {
      take(8, "token");
      take(4, "  offset of the key");
      take(4, "  its length");
      take(4, "  offset of the position");
      take(4, "  its length");
      take(8, "  offset of the block");
      take(4, "  stored length");
      take(4, "  raw length");
      take(4, "  checksum");
      take(4, "  flags: 1 goes on");
    }
    if (at < end) {
      take(end - at, "keys and positions");
    }
  }

  private void root(int count) {
    section("root");
    take(4, "pages");
    for (int i = 0; i < count; i++) {
      take(8, "token");
      counted("  key");
      counted("  position");
      take(8, "  offset of the page");
      take(4, "  its length");
      take(4, "  its checksum");
      take(4, "  its blocks");
    }
  }

  private void statistics(int end) {
    section("statistics");
    for (String name :
        List.of(
            "partitions",
            "rows",
            "cells",
            "tombstones",
            "raw bytes",
            "least timestamp",
            "greatest timestamp",
            "earliest deletion or expiry",
            "latest deletion or expiry",
            "first token",
            "last token")) {
      take(8, name);
    }
    take(1, "flags: 1 deleted partitions, 2 static rows, 4 positions");
    int first = take(4, "length of the first position");
    int last = take(4, "length of the last position");
    if (first + last > 0) {
      take(first + last, "positions");
    }
    take(4, "a range of times is 1 << this");
    int ranges = take(4, "ranges of times");
    for (int i = 0; i < ranges; i++) {
      take(8, "  range");
      take(8, "  deletions and expiries in it");
    }
    expect(end);
  }

  private void section(String name) {
    out.append(String.format(Locale.ROOT, "# %s, at offset %d%n", name, at));
  }

  private void expect(int offset) {
    if (at != offset) {
      throw new AssertionError("the dump is at " + at + ", not at " + offset);
    }
  }

  private void deletion(String name) {
    take(16, name + ": timestamp, local time");
  }

  private void sized(String name) {
    int length = vint(name + ": length");
    if (length > 0) {
      take(length, name);
    }
  }

  private void counted(String name) {
    int length = take(4, name + ": length");
    if (length > 0) {
      take(length, name);
    }
  }

  private int vint(String name) {
    int length = 1;
    int value = 0;
    while (file.get(at + length - 1) < 0) {
      value |= (file.get(at + length - 1) & 0x7f) << 7 * (length - 1);
      length++;
    }
    value |= file.get(at + length - 1) << 7 * (length - 1);
    take(length, name);
    return value;
  }

  /** Writes some bytes; returns the number that they are, if they are one of one or four. */
  private int take(int length, String name) {
    int number = length == 1 ? file.get(at) : length == 4 ? file.getInt(at) : 0;
    int end = at + length;
    boolean named = false;
    while (at < end) {
      StringBuilder line = new StringBuilder();
      while (at < end && line.length() < 60) {
        int run = 1;
        while (at + run < end && file.get(at + run) == file.get(at)) {
          run++;
        }
        String hex = HexFormat.of().toHexDigits(file.get(at));
        if (run >= 16) {
          line.append(line.isEmpty() || line.charAt(line.length() - 1) == ' ' ? "" : " ");
          line.append(hex).append('*').append(run).append(' ');
          at += run;
        } else {
          line.append(hex);
          at++;
        }
      }
      out.append(line.toString().stripTrailing());
      out.append(named ? "" : " # " + name).append('\n');
      named = true;
    }
    return number;
  }
}
