/** A test with the driver's object mapper. */
package io.ilion.conformance.client.mapper;
