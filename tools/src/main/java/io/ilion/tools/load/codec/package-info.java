/** Fields of records as values of CQL types, and back. */
package io.ilion.tools.load.codec;
