/** The native protocol as seen from outside: errors with their fields, in every version. */
package io.ilion.conformance.wire;
