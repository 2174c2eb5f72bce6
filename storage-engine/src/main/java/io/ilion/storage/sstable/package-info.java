/**
 * Version 1 of the files of tables. The format stands at {@link
 * io.ilion.storage.sstable.SSTableWriter}; a later format gets a package of its own.
 */
package io.ilion.storage.sstable;
