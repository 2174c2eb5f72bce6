/** What clients of a simulated cluster do, and what must hold of the answers that they get. */
package io.ilion.simulator.workload;
