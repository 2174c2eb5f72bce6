/** Looks into the files of a node that does not run, or into copies of them. */
package io.ilion.tools.sstable;
