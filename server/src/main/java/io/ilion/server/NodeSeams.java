package io.ilion.server;

import io.ilion.gossip.ClusterView;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.storage.StorageEngine;

/**
 * Where somebody may stand between the parts of a node, to see whether it is found when one of them
 * does wrong. Nobody stands there in production.
 */
public interface NodeSeams {
  /** Nobody stands between the parts. */
  NodeSeams PLAIN = new NodeSeams() {};

  /**
   * What writes, reads, agreements, repairs and transfers of ranges send their messages with, those
   * to the node itself included.
   *
   * @param messenger the node's own
   * @param view the cluster as the node sees it
   */
  default Messenger messenger(Messenger messenger, ClusterView view) {
    return messenger;
  }

  /**
   * What requests read from and write to.
   *
   * @param engine the node's own
   */
  default StorageEngine engine(StorageEngine engine) {
    return engine;
  }
}
