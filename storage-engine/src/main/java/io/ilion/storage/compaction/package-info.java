/** Which files to compact, and what a compaction leaves out. Everything here is a pure function. */
package io.ilion.storage.compaction;
