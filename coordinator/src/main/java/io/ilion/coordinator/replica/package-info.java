/**
 * What keeps a partition on several nodes: how many of them a consistency level asks for, writes
 * that go to all of them, and what a replica does with the writes of others.
 */
package io.ilion.coordinator.replica;
