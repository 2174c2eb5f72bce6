/** What a real driver was told is written is there after kills and on full disks. */
package io.ilion.conformance.durability;
