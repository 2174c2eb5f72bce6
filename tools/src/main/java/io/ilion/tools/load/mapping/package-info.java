/** Which field of a record is which column of a table. */
package io.ilion.tools.load.mapping;
