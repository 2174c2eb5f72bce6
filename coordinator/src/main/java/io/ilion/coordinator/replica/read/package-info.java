/** Reads from replicas: what they are asked, what they answer, and how answers become one. */
package io.ilion.coordinator.replica.read;
