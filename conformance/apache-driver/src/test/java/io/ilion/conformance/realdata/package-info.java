/**
 * Debian's package index, more than 60,000 records, in tables as a practitioner would draw them:
 * loaded through Apache's driver, queried, and compared after a crash.
 */
package io.ilion.conformance.realdata;
