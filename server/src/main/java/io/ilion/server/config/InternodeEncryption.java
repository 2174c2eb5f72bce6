package io.ilion.server.config;

/** Whether nodes talk TLS with each other. */
public enum InternodeEncryption {
  /** They do not. */
  NONE,
  /** With those that can; others are talked to, and listened to, without. */
  OPTIONAL,
  /** With all, or not at all. */
  ALL
}
