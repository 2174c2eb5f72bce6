/** {@code ilion bench}: the command line of the load runner. */
package io.ilion.tools.bench;
