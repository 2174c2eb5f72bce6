/** What was written lately and is not yet in an SSTable: sorted, in memory, owned by a lane. */
package io.ilion.storage.memtable;
