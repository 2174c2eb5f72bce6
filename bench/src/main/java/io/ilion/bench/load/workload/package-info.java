/** What a run does: schema, statements with their weights and values, read from YAML. */
package io.ilion.bench.load.workload;
