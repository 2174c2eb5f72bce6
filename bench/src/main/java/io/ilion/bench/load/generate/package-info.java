/** Values that follow from a seed and the number of an operation. */
package io.ilion.bench.load.generate;
