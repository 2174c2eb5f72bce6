/** What planning a statement needs to know beyond the statement. */
package io.ilion.cql.plan;
