/**
 * The storage engine of one node, usable as a library. This package is what others see of it and
 * what its parts share; {@code engine} assembles memtables, commit log, SSTables and compaction.
 */
package io.ilion.storage;
