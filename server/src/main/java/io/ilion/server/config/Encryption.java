package io.ilion.server.config;

/** Whether connections of a kind are encrypted, by TLS. */
public enum Encryption {
  /** They are not. */
  NONE,
  /** Those of others that can or want it; there are others without. */
  OPTIONAL,
  /** All of them; there are no others. */
  ALL
}
