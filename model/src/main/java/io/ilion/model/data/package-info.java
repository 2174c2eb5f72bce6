/**
 * The data model in bytes: row images and updates, read in place by flyweights, and the one rule by
 * which versions of the same data merge. Nothing here knows a CQL type; see {@link
 * io.ilion.model.data.RowReader} and {@link io.ilion.model.data.UpdateReader} for the layouts.
 */
package io.ilion.model.data;
