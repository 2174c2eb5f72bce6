/** What the driver decides for itself unless it is told otherwise: interfaces to be replaced. */
package io.ilion.driver.policy;
