/**
 * The storage of one node assembled: lanes with their memtables and SSTables over one commit log,
 * one manifest and a background pool.
 */
package io.ilion.storage.engine;
