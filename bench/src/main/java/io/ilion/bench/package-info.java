/**
 * Measures the storage engine alone, and RocksDB on the same work beside it. {@link
 * io.ilion.bench.Main} runs the benchmarks and prints both with their ratio.
 */
package io.ilion.bench;
