/**
 * What all modules share of CQL: consistency levels, kinds of writes, and the errors that clients
 * see, with their codes.
 */
package io.ilion.model;
