package io.ilion.storage.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.runtime.AppendFile;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Files;
import java.io.IOException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Plants defects in an engine, each of which has lost data somewhere before, and shows that
 * histories find every one of them within a few seeds. A test that cannot fail shows nothing.
 */
class SensitivityTest {
  private static final int STEPS = 500;

  /** Runs histories with a defect until one fails. */
  private static void isFound(String what, Defects defects, boolean purging, int withinSeeds)
      throws IOException {
    for (int seed = 0; seed < withinSeeds; seed++) {
      try {
        new History(seed, purging, defects).run(STEPS);
      } catch (AssertionError e) {
        return;
      }
    }
    throw new AssertionError(what + " was not found within " + withinSeeds + " seeds");
  }

  @Test
  void writesAcknowledgedBeforeTheirSyncAreFound() throws IOException {
    UnaryOperator<Files> lying =
        files ->
            new FaultyFiles(files) {
              @Override
              AppendFile wrap(String path, AppendFile file) {
                return path.contains("commitlog") ? new FaultyFiles.WrappedFile(file, true) : file;
              }
            };
    isFound("a commit log that is not synced", Defects.ofFiles(lying), false, 10);
  }

  @Test
  void directoriesThatAreNotSyncedAreFound() throws IOException {
    UnaryOperator<Files> forgetful =
        files ->
            new FaultyFiles(files) {
              @Override
              public void syncDirectory(String directory) {}
            };
    isFound("directories that are not synced", Defects.ofFiles(forgetful), false, 10);
  }

  @Test
  void syncsThatAreTriedAgainAreFound() throws IOException {
    UnaryOperator<Files> stubborn =
        files ->
            new FaultyFiles(files) {
              @Override
              AppendFile wrap(String path, AppendFile file) {
                return new FaultyFiles.WrappedFile(file, false) {
                  @Override
                  public void sync() throws IOException {
                    try {
                      super.sync();
                    } catch (IOException e) {
                      super.sync();
                    }
                  }
                };
              }
            };
    isFound("a failed sync that is tried again", Defects.ofFiles(stubborn), false, 60);
  }

  @Test
  void aReplayPositionOneTooFarIsFound() throws IOException {
    UnaryOperator<Files> hasty =
        files ->
            new FaultyFiles(files) {
              @Override
              AppendFile wrap(String path, AppendFile file) {
                return path.contains("manifest") ? new FaultyFiles.HastyManifest(path, file) : file;
              }
            };
    isFound("a replay position one too far", Defects.ofFiles(hasty), false, 20);
  }

  @Test
  void tablesThatAreNotSyncedAreFound() throws IOException {
    UnaryOperator<Files> lying =
        files ->
            new FaultyFiles(files) {
              @Override
              AppendFile wrap(String path, AppendFile file) {
                return path.contains("sstable") ? new WrappedFile(file, true) : file;
              }
            };
    isFound("a table file that is not synced", Defects.ofFiles(lying), false, 10);
  }

  @Test
  void deletionsPurgedThoughOlderDataIsElsewhereAreFound() throws IOException {
    isFound(
        "deletions purged although older data is elsewhere",
        Defects.ofFormat(FaultyFormat::claimingYouth),
        true,
        60);
  }

  @Test
  void droppedMarkersAreFound() throws IOException {
    isFound(
        "deletions of ranges that do not get into files",
        Defects.ofFormat(FaultyFormat::droppingMarkers),
        false,
        10);
  }

  @Test
  void droppedPartitionDeletionsAreFound() throws IOException {
    isFound(
        "deletions of partitions that do not get into files",
        Defects.ofFormat(FaultyFormat::droppingPartitionDeletions),
        false,
        10);
  }

  @Test
  void whatExpiresTooEarlyIsFound() throws IOException {
    UnaryOperator<Clock> fast =
        clock ->
            new Clock() {
              @Override
              public long nanoTime() {
                return clock.nanoTime();
              }

              @Override
              public long wallMicros() {
                return clock.wallMicros() + 1_000_000_000L;
              }
            };
    isFound(
        "cells that expire too early",
        new Defects(UnaryOperator.identity(), fast, UnaryOperator.identity(), false),
        true,
        10);
  }

  @Test
  void aWrongMergeOfTiesIsFound() throws IOException {
    Defects wrong =
        new Defects(
            UnaryOperator.identity(), UnaryOperator.identity(), UnaryOperator.identity(), true);
    isFound("a merge that is wrong at ties", wrong, false, 5);
  }

  @Test
  void aSoundEnginePassesTheSameSeeds() throws IOException {
    for (int seed = 0; seed < 10; seed++) {
      assertThat(new History(seed, false, Defects.NONE).run(STEPS).operations()).isPositive();
    }
  }
}
