package io.ilion.storage.sstable;

import io.ilion.model.data.Bytes;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;

/** Gathers the blocks of one index page and the tokens of its filter; begins anew after each. */
final class IndexPageWriter {
  private final double falsePositiveChance;
  private byte[] entries = new byte[64 * IndexPage.ENTRY_BYTES];
  private byte[] names = new byte[4096];
  private long[] tokens = new long[1024];
  private int blockCount;
  private int nameBytes;
  private int tokenCount;
  private byte[] lastKey;
  private int lastKeyAt;

  private long firstToken;
  private byte[] firstKey;
  private byte[] firstPosition;
  private byte[] firstKeyBefore;

  IndexPageWriter(double falsePositiveChance) {
    this.falsePositiveChance = falsePositiveChance;
  }

  /** The head of a partition is in the block that comes next. */
  void addPartition(long token) {
    if (tokenCount == tokens.length) {
      tokens = Arrays.copyOf(tokens, tokenCount * 2);
    }
    tokens[tokenCount++] = token;
  }

  int blocks() {
    return blockCount;
  }

  /** The length of the keys and positions. */
  int nameBytes() {
    return nameBytes;
  }

  /** How long the page would be now. */
  int bytes() {
    return IndexPage.HEADER_BYTES
        + BloomFilter.words(tokenCount, falsePositiveChance) * 8
        + blockCount * IndexPage.ENTRY_BYTES
        + nameBytes;
  }

  /** Where a block begins; the position is null if its first entry is a head. */
  record Start(long token, byte[] key, byte[] position) {}

  /** Where a block stands, and what it is. */
  record Extent(long offset, int stored, int raw, int crc, boolean goesOn) {}

  void addBlock(Start start, Extent extent) {
    if (blockCount == 0) {
      firstToken = start.token;
      firstKey = start.key;
      firstPosition = start.position;
    }
    int at = blockCount * IndexPage.ENTRY_BYTES;
    if (at == entries.length) {
      entries = Arrays.copyOf(entries, at * 2);
    }
    if (!Arrays.equals(lastKey, start.key)) {
      lastKey = start.key;
      lastKeyAt = name(start.key);
    }
    Bytes.putLong(entries, at, start.token);
    Bytes.putInt(entries, at + 8, lastKeyAt);
    Bytes.putInt(entries, at + 12, start.key.length);
    Bytes.putInt(entries, at + 16, start.position == null ? 0 : name(start.position));
    Bytes.putInt(entries, at + 20, start.position == null ? -1 : start.position.length);
    Bytes.putLong(entries, at + 24, extent.offset);
    Bytes.putInt(entries, at + 32, extent.stored);
    Bytes.putInt(entries, at + 36, extent.raw);
    Bytes.putInt(entries, at + 40, extent.crc);
    Bytes.putInt(entries, at + 44, extent.goesOn ? IndexPage.GOES_ON : 0);
    blockCount++;
  }

  private int name(byte[] bytes) {
    if (nameBytes + bytes.length > names.length) {
      names = Arrays.copyOf(names, Math.max(names.length * 2, nameBytes + bytes.length));
    }
    System.arraycopy(bytes, 0, names, nameBytes, bytes.length);
    nameBytes += bytes.length;
    return nameBytes - bytes.length;
  }

  /** The page; what is added later belongs to the next one. */
  byte[] page() {
    int words = BloomFilter.words(tokenCount, falsePositiveChance);
    int probes = BloomFilter.probes(falsePositiveChance);
    byte[] page = new byte[bytes()];
    Bytes.putInt(page, 0, blockCount);
    Bytes.putInt(page, 4, words);
    Bytes.putInt(page, 8, probes);
    for (int i = 0; i < tokenCount; i++) {
      BloomFilter.add(page, IndexPage.HEADER_BYTES, words, probes, tokens[i]);
    }
    int at = IndexPage.HEADER_BYTES + words * 8;
    int namesAt = at + blockCount * IndexPage.ENTRY_BYTES;
    System.arraycopy(entries, 0, page, at, blockCount * IndexPage.ENTRY_BYTES);
    System.arraycopy(names, 0, page, namesAt, nameBytes);
    for (int i = 0; i < blockCount; i++) {
      // Until now the names' places were counted from the first name.
      int entry = at + i * IndexPage.ENTRY_BYTES;
      Bytes.putInt(page, entry + 8, Bytes.getInt(page, entry + 8) + namesAt);
      Bytes.putInt(page, entry + 16, Bytes.getInt(page, entry + 16) + namesAt);
    }
    return page;
  }

  /** Writes the root's entry of the page, and begins the next page. */
  void finish(DataOutputStream root, long offset, int length, int crc) throws IOException {
    root.writeLong(firstToken);
    if (firstKey.length > 0 && Arrays.equals(firstKey, firstKeyBefore)) {
      root.writeInt(RootIndex.SAME_KEY);
    } else {
      root.writeInt(firstKey.length);
      root.write(firstKey);
    }
    firstKeyBefore = firstKey;
    root.writeInt(firstPosition == null ? -1 : firstPosition.length);
    if (firstPosition != null) {
      root.write(firstPosition);
    }
    root.writeLong(offset);
    root.writeInt(length);
    root.writeInt(crc);
    root.writeInt(blockCount);
    blockCount = 0;
    nameBytes = 0;
    tokenCount = 0;
    lastKey = null;
  }
}
