package io.ilion.server.system;

import io.ilion.gossip.metadata.MetadataService;
import io.ilion.model.schema.Schema;
import io.ilion.runtime.Files;
import java.io.IOException;

/** What a node that does not run has kept of the cluster's metadata. */
public final class StoredMetadata {
  private StoredMetadata() {}

  /**
   * The schema as the node last knew it.
   *
   * @param directory that of the metadata within the node's data directory
   * @throws IOException if it cannot be read
   */
  public static Schema schema(Files files, String directory) throws IOException {
    return MetadataService.read(files, directory).schema();
  }
}
