package io.ilion.tools.bench;

import io.ilion.bench.load.report.ResultFile;
import io.ilion.bench.load.workload.NamedWorkloads;
import io.ilion.bench.load.workload.Workload;
import io.ilion.tools.console.ToolException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Lists the workloads that come along. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = "Lists the workloads that come along.",
    footerHeading = "%nExamples:%n",
    footer = {"  ilion bench list", "  ilion bench list --format json | jq '.[].parameters'"})
public final class ListCommand implements Callable<Integer> {
  @CommandLine.Spec private CommandSpec spec;

  @Option(
      names = "--format",
      paramLabel = "text|json",
      defaultValue = "text",
      description = "of the list; JSON has the parameters, too (default: ${DEFAULT-VALUE})")
  private String format;

  @Override
  public Integer call() {
    if (!List.of("text", "json").contains(format)) {
      throw ToolException.wrongUse("--format is text or json");
    }
    PrintWriter out = spec.commandLine().getOut();
    List<Workload> workloads =
        NamedWorkloads.names().stream().map(name -> NamedWorkloads.find(name, Map.of())).toList();
    if (format.equals("json")) {
      out.println(ResultFile.text(workloads.stream().map(ListCommand::values).toList()));
    } else {
      workloads.forEach(each -> out.printf("%-12s %s%n", each.name(), each.description()));
    }
    out.flush();
    return 0;
  }

  private static Map<String, Object> values(Workload workload) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("name", workload.name());
    values.put("description", workload.description());
    values.put("parameters", workload.parameters());
    return values;
  }
}
