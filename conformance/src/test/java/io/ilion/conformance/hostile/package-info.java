/**
 * Bad input over sockets: clients that lie, break off, send noise, read slowly or ask for too much,
 * while a {@link io.ilion.conformance.hostile.Witness witness} goes on being served. Only against a
 * node of ours.
 */
package io.ilion.conformance.hostile;
