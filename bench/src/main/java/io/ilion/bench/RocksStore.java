package io.ilion.bench;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.CompressionType;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * RocksDB through its JNI, by the calls that copy least. A group is one WriteBatch with sync = true
 * (RocksDB itself joins those of several threads into one sync of its log), which is what a group
 * commit of ours does. A row's key is that of its partition and eight bytes more.
 */
final class RocksStore implements Store {
  private static final int ROW_KEY_BYTES = Records.KEY_BYTES + 8;

  static {
    RocksDB.loadLibrary();
  }

  private final List<AutoCloseable> resources = new ArrayList<>();
  private final RocksDB db;
  private final WriteOptions durable = own(new WriteOptions().setSync(true));
  private final WriteOptions visible = own(new WriteOptions());
  private final ReadOptions reads = own(new ReadOptions());
  private final List<Session> sessions = new ArrayList<>();

  RocksStore(Settings settings) {
    BlockBasedTableConfig table =
        new BlockBasedTableConfig()
            .setBlockSize(8 << 10)
            .setBlockCache(own(new LRUCache(settings.cacheBytes())))
            .setCacheIndexAndFilterBlocks(true)
            .setCacheIndexAndFilterBlocksWithHighPriority(true)
            .setFilterPolicy(own(new BloomFilter(10)));
    Options options =
        own(new Options())
            .setCreateIfMissing(true)
            .setWriteBufferSize(settings.writeBufferBytes())
            .setCompressionType(CompressionType.LZ4_COMPRESSION)
            .setMaxBackgroundJobs(2)
            .setTableFormatConfig(table);
    try {
      db = RocksDB.open(options, settings.directory().toString());
    } catch (RocksDBException e) {
      throw new IllegalStateException(e);
    }
    for (int i = 0; i < settings.threads(); i++) {
      sessions.add(new RocksSession());
    }
  }

  private <T extends AutoCloseable> T own(T resource) {
    resources.add(resource);
    return resource;
  }

  @Override
  public Session session(int thread) {
    return sessions.get(thread);
  }

  @Override
  public void settle() {
    try {
      db.compactRange();
    } catch (RocksDBException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    db.close();
    for (AutoCloseable resource : resources.reversed()) {
      try {
        resource.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private final class RocksSession implements Session {
    private final WriteBatch batch = own(new WriteBatch());
    private final ByteBuffer key = ByteBuffer.allocateDirect(Records.KEY_BYTES);
    private final ByteBuffer rowKey = ByteBuffer.allocateDirect(ROW_KEY_BYTES);
    private final ByteBuffer value = ByteBuffer.allocateDirect(Records.VALUE_BYTES);

    @Override
    public boolean owns(byte[] anyKey) {
      return true;
    }

    @Override
    public void put(byte[] newKey, byte[] newValue) {
      put(key.clear().put(newKey).flip(), newValue);
    }

    @Override
    public void putRow(byte[] partitionKey, long row, byte[] newValue) {
      put(rowKey(partitionKey, row), newValue);
    }

    private void put(ByteBuffer newKey, byte[] newValue) {
      try {
        batch.put(newKey, value.clear().put(newValue).flip());
      } catch (RocksDBException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void commit(boolean isDurable) {
      try {
        db.write(isDurable ? durable : visible, batch);
        batch.clear();
      } catch (RocksDBException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public boolean get(byte[] wanted, byte[] target) {
      try {
        int length = db.get(reads, key.clear().put(wanted).flip(), value.clear());
        if (length == RocksDB.NOT_FOUND) {
          return false;
        }
        value.get(0, target, 0, length);
        return true;
      } catch (RocksDBException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public int slice(byte[] partitionKey, long firstRow, int count, byte[] target) {
      return walk(rowKey(partitionKey, firstRow), rowKey, count, target);
    }

    @Override
    public int scan(byte[] first, int count, byte[] target) {
      return walk(key.clear().put(first).flip(), key, count, target);
    }

    /** Reads keys and values, as a reader of a slice needs both, from a place on. */
    private int walk(ByteBuffer from, ByteBuffer keys, int count, byte[] target) {
      int found = 0;
      try (RocksIterator iterator = db.newIterator(reads)) {
        iterator.seek(from);
        while (found < count && iterator.isValid()) {
          iterator.key(keys.clear());
          int length = iterator.value(value.clear());
          value.get(0, target, 0, length);
          if (++found < count) {
            iterator.next();
          }
        }
      }
      return found;
    }

    private ByteBuffer rowKey(byte[] partitionKey, long row) {
      return rowKey.clear().put(partitionKey).putLong(row).flip();
    }
  }
}
