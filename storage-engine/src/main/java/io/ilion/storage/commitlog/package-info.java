/**
 * The commit log of a node: what was acknowledged and is not yet in an SSTable. The format of a
 * segment stands at {@link io.ilion.storage.commitlog.SegmentFormat}.
 */
package io.ilion.storage.commitlog;
