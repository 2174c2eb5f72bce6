/** Does what a workload says: issues operations when they are due, and records what they took. */
package io.ilion.bench.load.run;
