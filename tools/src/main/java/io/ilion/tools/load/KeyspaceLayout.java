package io.ilion.tools.load;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.SchemaCodec;
import io.ilion.tools.admin.AdminClient;
import io.ilion.tools.console.ToolException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** How a keyspace is stored, as the operation {@code layout} of a node says it. */
public final class KeyspaceLayout {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private KeyspaceLayout() {}

  /** Asks a node. */
  public static KeyspaceDefinition ask(String host, int port, String keyspace) {
    if (keyspace == null) {
      throw ToolException.wrongUse("which keyspace?").hint("KEYSPACE.TABLE, or --keyspace");
    }
    try (AdminClient client = new AdminClient(host, port, TIMEOUT)) {
      return decode(
          client.post("/operations/layout", Map.of("keyspace", keyspace)).path("result"),
          host + ":" + port);
    }
  }

  /** Reads what was kept of an answer. */
  public static KeyspaceDefinition read(Path file) throws IOException {
    try {
      return decode(JsonMapper.builder().build().readTree(Files.readString(file)), file.toString());
    } catch (JacksonException e) {
      throw ToolException.wrongUse(file + " is not JSON: " + e.getOriginalMessage()).causedBy(e);
    }
  }

  private static KeyspaceDefinition decode(JsonNode answer, String from) {
    String text = answer.path("layout").asString("");
    if (text.isEmpty()) {
      throw ToolException.wrongUse(from + " has no layout of a keyspace");
    }
    try {
      return SchemaCodec.decode(Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException | CorruptDataException e) {
      throw ToolException.wrongUse("the layout of " + from + " is damaged").causedBy(e);
    }
  }
}
