package io.ilion.bench.load.workload;

import io.ilion.bench.load.BenchException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** A value of a YAML file that knows its line. */
final class YamlValue {
  private static final int LARGEST_FILE = 1 << 20;

  private final String file;
  private final Node node;
  private final UnaryOperator<String> substitution;

  private YamlValue(String file, Node node, UnaryOperator<String> substitution) {
    this.file = file;
    this.node = node;
    this.substitution = substitution;
  }

  /**
   * The whole of a file.
   *
   * @throws BenchException if it is not YAML; says at which line
   */
  static YamlValue read(String file, String yaml) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(file)
            .setCodePointLimit(LARGEST_FILE)
            .setMaxAliasesForCollections(0)
            .build();
    try {
      Optional<Node> root = new Compose(settings).composeString(yaml);
      return new YamlValue(
          file,
          root.orElseThrow(() -> new BenchException(file + ": there is nothing in it")),
          UnaryOperator.identity());
    } catch (MarkedYamlEngineException e) {
      String place = e.getProblemMark().map(mark -> file + ":" + (mark.getLine() + 1)).orElse(file);
      throw new BenchException(place + ": not YAML: " + e.getProblem(), e);
    } catch (YamlEngineException e) {
      throw new BenchException(file + ": not YAML: " + e.getMessage(), e);
    }
  }

  /** The same, whose texts are passed through a function. */
  YamlValue substituting(UnaryOperator<String> function) {
    return new YamlValue(file, node, function);
  }

  private YamlValue below(Node child) {
    return new YamlValue(file, child, substitution);
  }

  /** File and line. */
  String place() {
    return node.getStartMark().map(mark -> file + ":" + (mark.getLine() + 1)).orElse(file);
  }

  BenchException wrong(String message) {
    return new BenchException(place() + ": " + message);
  }

  /** Whether it is a plain value. */
  boolean isText() {
    return node instanceof ScalarNode;
  }

  /** The text of a plain value. */
  String text() {
    if (node instanceof ScalarNode scalar) {
      try {
        return substitution.apply(scalar.getValue());
      } catch (BenchException e) {
        throw new BenchException(place() + ": " + e.getMessage(), e);
      }
    }
    throw wrong("expected a plain value");
  }

  /** The values of a list; a plain value is a list of one. */
  List<YamlValue> list() {
    if (node instanceof SequenceNode sequence) {
      return sequence.getValue().stream().map(this::below).toList();
    }
    return List.of(this);
  }

  List<String> texts() {
    List<String> texts = new ArrayList<>();
    list().forEach(value -> texts.add(value.text()));
    return texts;
  }

  /**
   * The entries of a mapping, in their order.
   *
   * @param known the names that may occur; null for any
   */
  Map<String, YamlValue> entries(Set<String> known) {
    if (!(node instanceof MappingNode mapping)) {
      throw wrong("expected lines of the form 'name: value'");
    }
    Map<String, YamlValue> entries = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      YamlValue key = below(tuple.getKeyNode());
      String name = key.text();
      if (known != null && !known.contains(name)) {
        throw key.wrong("there is no '%s' here; there are %s".formatted(name, known));
      }
      if (entries.put(name, below(tuple.getValueNode())) != null) {
        throw key.wrong("'" + name + "' is there a second time");
      }
    }
    return entries;
  }
}
