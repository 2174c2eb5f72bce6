/** Many rows into a table, out of it, and how many there are: load, unload and count. */
package io.ilion.tools.load;
