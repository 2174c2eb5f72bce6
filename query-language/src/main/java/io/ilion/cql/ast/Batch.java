package io.ilion.cql.ast;

import java.util.List;

/** BEGIN BATCH ... APPLY BATCH. Bind markers are numbered through all of its statements. */
public record Batch(Kind kind, Using using, List<Modification> statements) implements Statement {
  /** The kinds of batches. */
  public enum Kind {
    LOGGED,
    UNLOGGED,
    COUNTER
  }
}
