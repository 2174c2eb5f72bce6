package io.ilion.bench.load.run;

import java.util.function.Consumer;

/** Who issues the operations of a run: this process, or several that share them. */
public interface LoadWorker {

  /** The parts of a workload. */
  enum Part {
    /** Writes the records. */
    POPULATE,
    /** What is measured. */
    RUN
  }

  /**
   * Runs a phase to its end.
   *
   * @param options of all processes together
   * @param observer told about once a second, and at the end, by the calling thread
   * @throws io.ilion.bench.load.BenchException if it cannot be run
   */
  void run(Part part, PhaseOptions options, Consumer<ProcessInterval> observer)
      throws InterruptedException;

  /** Ends what is running before its time; what is under way is waited for, but not for long. */
  void stop();
}
