/** Files of records: where they are, how they are compressed, where a record begins and ends. */
package io.ilion.tools.load.format;
