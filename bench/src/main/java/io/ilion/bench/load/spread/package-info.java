/** Several processes that are one run: who takes part, and what they say to each other. */
package io.ilion.bench.load.spread;
