/** Connections, pools and the control connection. Not for use by applications; it may change. */
package io.ilion.driver.internal;
