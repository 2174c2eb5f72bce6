package io.ilion.storage;

/**
 * Says which cells nobody needs any more, although nothing has deleted them. Compactions leave them
 * out, each where it comes across them; so readers must take no notice of them, and what is
 * needless must stay so for ever. Asked by any thread.
 */
@FunctionalInterface
public interface NeedlessCells {
  /**
   * Cells of earlier timestamps are needless in one row; Long.MIN_VALUE if none is.
   *
   * @param token of the partition
   * @param key an array with the clustering key
   */
  long before(long token, byte[] key, int keyOffset, int keyLength);
}
