/** The command as people start it, with the jars that the build has made. */
package io.ilion.conformance.start;
