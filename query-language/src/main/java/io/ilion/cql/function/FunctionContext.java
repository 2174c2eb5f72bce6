package io.ilion.cql.function;

/** What functions may know of the world: the time of the request, and new unique values. */
public interface FunctionContext {

  /** The time of the request in milliseconds since 1970; the same throughout the request. */
  long nowMillis();

  /** A new version 1 UUID, 16 bytes, later than all given before. */
  byte[] newTimeUuid();

  /** A new random (version 4) UUID, 16 bytes. */
  byte[] newRandomUuid();
}
