/** How values of CQL become Java objects and back. */
package io.ilion.driver.codec;
