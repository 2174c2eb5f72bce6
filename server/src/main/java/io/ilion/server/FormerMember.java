package io.ilion.server;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.metadata.MetadataService;
import io.ilion.runtime.Files;
import io.ilion.runtime.NodeRuntime;
import io.ilion.server.system.NodeIdentity;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * A data directory of a node that has left its cluster. Its rows must not come back, since it has
 * missed deletions that nobody knows of any more.
 */
final class FormerMember {
  /** In the order in which they go. */
  private static final List<String> PARTS =
      List.of("data", "commitlog", "hints", "ownership", "counting", "identity", "metadata");

  private FormerMember() {}

  /**
   * Deletes all that the directory has, if it is one of a node that has left; blocks. The identity,
   * and the one that it counts by, go when the rows are gone, and the metadata, which say that the
   * node has left, at the end: whenever this is interrupted, it goes on with the next start.
   */
  static void forget(NodeRuntime runtime, String directory, Consumer<Throwable> fatal)
      throws IOException {
    Files files = runtime.files();
    String identityFile = directory + "/identity";
    if (!files.exists(identityFile)) {
      return;
    }
    NodeIdentity identity = NodeIdentity.open(files, directory, 1, runtime.random().split());
    MetadataService metadata =
        MetadataService.open(
            files, directory + "/metadata", identity.hostId(), runtime.random().split(), fatal);
    NodeInfo known = metadata.metadata().node(identity.hostId());
    metadata.close();
    if (known == null || known.state() != NodeInfo.State.LEFT) {
      return;
    }
    for (String part : PARTS) {
      delete(files, directory + "/" + part);
      files.syncDirectory(directory);
    }
  }

  private static void delete(Files files, String path) throws IOException {
    if (!files.exists(path)) {
      return;
    }
    for (String name : files.list(path)) {
      delete(files, path + "/" + name);
    }
    files.delete(path);
  }
}
