package io.ilion.driver;

/**
 * Stands for a marker without a value: what is there stays as it is, and no deletion is written
 * (version 4 and later).
 */
public enum Unset {
  /** The only one. */
  UNSET
}
