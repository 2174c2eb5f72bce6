/**
 * Which files to compact ({@link io.ilion.storage.compaction.CompactionStrategy}), and what a
 * compaction leaves out. Everything here is a pure function.
 */
package io.ilion.storage.compaction;
