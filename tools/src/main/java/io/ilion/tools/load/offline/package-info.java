/** SSTables that are built without a node, to be imported by nodes. */
package io.ilion.tools.load.offline;
