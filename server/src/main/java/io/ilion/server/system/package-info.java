/** The tables that describe the node: what drivers and tools read before anything else. */
package io.ilion.server.system;
