package io.ilion.tools.load.offline;

import io.ilion.driver.metadata.Metadata;
import io.ilion.driver.metadata.Node;
import io.ilion.model.ring.TokenRange;
import io.ilion.tools.load.run.TokenRanges;
import java.util.ArrayList;
import java.util.List;

/**
 * What of the ring a node has a copy of.
 *
 * @param files the ranges of each file that it is sent, in order; none wraps
 */
record NodeShare(Node node, List<List<TokenRange>> files) {

  /**
   * The shares of all nodes that have one.
   *
   * @param bytes how much there is for the whole ring
   * @param fileBytes how large a file is to be, about
   */
  static List<NodeShare> of(Metadata metadata, String keyspace, long bytes, long fileBytes) {
    int least = (int) Math.min(1 << 16, Math.max(1, bytes / fileBytes + 1));
    List<TokenRange> ring = TokenRanges.of(metadata, least);
    List<NodeShare> shares = new ArrayList<>();
    for (Node node : metadata.nodes()) {
      List<List<TokenRange>> files = new ArrayList<>();
      List<TokenRange> file = new ArrayList<>();
      double held = 0;
      for (TokenRange range : ring) {
        if (!metadata.replicas(keyspace, range.end()).in(null).contains(node)) {
          continue;
        }
        file.add(range);
        held += ((double) range.end() - (double) range.start()) / 0x1p64 * bytes;
        if (held >= fileBytes) {
          files.add(file);
          file = new ArrayList<>();
          held = 0;
        }
      }
      if (!file.isEmpty()) {
        files.add(file);
      }
      if (!files.isEmpty()) {
        shares.add(new NodeShare(node, files));
      }
    }
    return shares;
  }
}
