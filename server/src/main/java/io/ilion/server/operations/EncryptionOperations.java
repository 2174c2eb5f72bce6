package io.ilion.server.operations;

import static io.ilion.server.operations.Json.object;

import io.ilion.server.config.ConfigException;
import io.ilion.server.tls.TlsFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** What is done to the certificates that a node shows. */
public final class EncryptionOperations {
  private EncryptionOperations() {}

  /**
   * The operations.
   *
   * @param encryptions those that the node has
   */
  public static List<Operation> of(Supplier<List<TlsFiles>> encryptions) {
    return List.of(
        Operation.change(
            "reloadssl",
            "reads certificates and keys again, for connections that begin from now on; those of"
                + " other nodes and of clients",
            List.of(),
            (arguments, progress) -> CompletableFuture.completedFuture(reload(encryptions.get()))));
  }

  /** One that cannot be used is in nobody else's way. */
  private static List<Object> reload(List<TlsFiles> encryptions) {
    if (encryptions.isEmpty()) {
      throw OperationException.refused(
          "no connection of this node is encrypted (internode_encryption, client_encryption)");
    }
    List<String> refusals = new ArrayList<>();
    List<Object> reloaded = new ArrayList<>();
    for (TlsFiles files : encryptions) {
      try {
        files.reload();
        reloaded.add(
            object(
                "setting", files.name(),
                "certificate", files.certificateFile(),
                "subject", files.subject(),
                "valid_until", files.validUntil().toString()));
      } catch (ConfigException e) {
        refusals.add(e.getMessage());
      }
    }
    if (!refusals.isEmpty()) {
      throw OperationException.refused(
          String.join("; ", refusals) + "; what was read before stays in force");
    }
    return reloaded;
  }
}
