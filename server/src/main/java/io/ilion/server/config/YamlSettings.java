package io.ilion.server.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Reads a flat YAML mapping of names to scalars, with the lines. */
final class YamlSettings {
  private static final int LARGEST_FILE = 1 << 20;

  private final String file;

  private YamlSettings(String file) {
    this.file = file;
  }

  /** One setting as it was written; {@code place} is {@code file:line}; a list has no value. */
  record Entry(String name, String value, boolean isList, String place) {}

  /** The entries in the order of the file; a name without a value keeps its default. */
  static List<Entry> read(String file, String yaml) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(file)
            .setCodePointLimit(LARGEST_FILE)
            .setMaxAliasesForCollections(0)
            .build();
    try {
      Optional<Node> root = new Compose(settings).composeString(yaml);
      return root.isEmpty() ? List.of() : new YamlSettings(file).entries(root.get());
    } catch (MarkedYamlEngineException e) {
      String place = e.getProblemMark().map(mark -> file + ":" + (mark.getLine() + 1)).orElse(file);
      throw new ConfigException(place + ": not YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      throw new ConfigException(file + ": not YAML: " + e.getMessage());
    }
  }

  private List<Entry> entries(Node root) {
    if (root instanceof ScalarNode scalar && scalar.getTag().equals(Tag.NULL)) {
      return List.of();
    }
    if (!(root instanceof MappingNode mapping)) {
      throw new ConfigException(place(root) + ": expected lines of the form 'name: value'");
    }
    List<Entry> entries = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (NodeTuple tuple : mapping.getValue()) {
      String place = place(tuple.getKeyNode());
      String name = scalar(tuple.getKeyNode(), place);
      if (!seen.add(name)) {
        throw new ConfigException(place + ": '" + name + "' is set a second time");
      }
      Node value = tuple.getValueNode();
      if (value.getTag().equals(Tag.NULL)) {
        continue;
      }
      if (value instanceof SequenceNode) {
        entries.add(new Entry(name, "", true, place));
      } else {
        entries.add(new Entry(name, scalar(value, place), false, place));
      }
    }
    return entries;
  }

  private String place(Node node) {
    return node.getStartMark().map(mark -> file + ":" + (mark.getLine() + 1)).orElse(file);
  }

  private static String scalar(Node node, String place) {
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    throw new ConfigException(place + ": expected a name or a plain value, not a structure");
  }
}
