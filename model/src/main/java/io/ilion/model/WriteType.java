package io.ilion.model;

/** What kind of write a timeout or failure was met by, as clients are told. */
public enum WriteType {
  SIMPLE,
  BATCH,
  UNLOGGED_BATCH,
  COUNTER,
  BATCH_LOG,
  CAS,
  VIEW,
  CDC
}
