package io.ilion.cql.ast;

/**
 * The USING clause. Each is an integer literal or a bind marker.
 *
 * @param timestamp microseconds, or null
 * @param timeToLive seconds, or null
 */
public record Using(Term timestamp, Term timeToLive) {
  /** No USING at all. */
  public static final Using NONE = new Using(null, null);
}
