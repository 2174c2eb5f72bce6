/** What the driver knows of the cluster: nodes, tokens, and the schema. */
package io.ilion.driver.metadata;
