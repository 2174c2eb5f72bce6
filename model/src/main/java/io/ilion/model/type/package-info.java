/** The types of CQL: what their values look like on the wire, as text, as JSON and as sort keys. */
package io.ilion.model.type;
