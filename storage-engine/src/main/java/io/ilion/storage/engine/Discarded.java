package io.ilion.storage.engine;

import io.ilion.storage.TableFile;

/**
 * Tokens of which a table has forgotten everything.
 *
 * @param generation of the newest file that may still have something of them
 */
record Discarded(long generation, TokenSet tokens) {

  /** Whether a file may have something that nobody is to see any more. */
  boolean concerns(TableFile file) {
    return file.generation() <= generation && tokens.meets(file.firstToken(), file.lastToken());
  }
}
