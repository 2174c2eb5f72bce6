package io.ilion.coordinator.paxos;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.paxos.PaxosCluster.Defects;
import io.ilion.runtime.simulated.check.LinearizabilityChecker.Verdict;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Defects made on purpose are found by the histories, each within a number of seeds. */
class PaxosSensitivityTest {
  private static final long MILLIS = 6_000;

  /** Remembers as another does; what extends it forgets something. */
  private abstract static class Forgetful implements PaxosStates {
    private final PaxosStates real;

    Forgetful(PaxosStates real) {
      this.real = real;
    }

    /** What is read instead of the true state. */
    PaxosState read(PaxosKey key, PaxosState state) {
      return state;
    }

    @Override
    public void read(PaxosKey key, Callback callback) {
      real.read(
          key,
          (state, failure) -> callback.done(failure == null ? read(key, state) : null, failure));
    }

    @Override
    public boolean promise(PaxosKey key, Ballot ballot, WriteCallback done) {
      return real.promise(key, ballot, done);
    }

    @Override
    public boolean accept(PaxosKey key, Proposal proposal, WriteCallback done) {
      return real.accept(key, proposal, done);
    }

    @Override
    public boolean commit(PaxosKey key, Proposal proposal, WriteCallback done) {
      return real.commit(key, proposal, done);
    }
  }

  /** Seeds until a history is not linearizable; -1 if none is. */
  private static long firstFound(Defects defects, int seeds) {
    for (long seed = 1; seed <= seeds; seed++) {
      try {
        if (new PaxosHistory(seed, defects).run(MILLIS).verdict() == Verdict.NOT_LINEARIZABLE) {
          return seed;
        }
      } catch (AssertionError e) {
        // No progress in the end: that is a find too.
        return seed;
      }
    }
    return -1;
  }

  private static void assertFound(Defects defects, int seeds) {
    long found = firstFound(defects, seeds);
    assertThat(found).as("seeds until the defect is found").isPositive();
  }

  private static Defects states(UnaryOperator<PaxosStates> change) {
    return new Defects(change, UnaryOperator.identity());
  }

  @Test
  void aPromiseForgottenAfterARestart() {
    assertFound(
        states(
            real ->
                new Forgetful(real) {
                  private final Map<PaxosKey, Ballot> promised = new HashMap<>();

                  @Override
                  PaxosState read(PaxosKey key, PaxosState state) {
                    return new PaxosState(
                        promised.getOrDefault(key, Ballot.NONE),
                        state.accepted(),
                        state.committed());
                  }

                  @Override
                  public boolean promise(PaxosKey key, Ballot ballot, WriteCallback done) {
                    promised.put(key, ballot);
                    done.done(null);
                    return true;
                  }
                }),
        200);
  }

  @Test
  void anAcceptanceForgottenAfterARestart() {
    assertFound(
        states(
            real ->
                new Forgetful(real) {
                  private final Map<PaxosKey, Proposal> accepted = new HashMap<>();

                  @Override
                  PaxosState read(PaxosKey key, PaxosState state) {
                    return new PaxosState(
                        state.promised(),
                        accepted.getOrDefault(key, Proposal.NONE),
                        state.committed());
                  }

                  @Override
                  public boolean accept(PaxosKey key, Proposal proposal, WriteCallback done) {
                    accepted.put(key, proposal);
                    done.done(null);
                    return true;
                  }
                }),
        200);
  }

  @Test
  void anAcceptedUpdateThatNobodyCompletes() {
    assertFound(
        states(
            real ->
                new Forgetful(real) {
                  @Override
                  PaxosState read(PaxosKey key, PaxosState state) {
                    return new PaxosState(state.latest(), Proposal.NONE, state.committed());
                  }
                }),
        50);
  }

  @Test
  void aCommitThatNobodyRemembers() {
    assertFound(
        states(
            real ->
                new Forgetful(real) {
                  @Override
                  public boolean commit(PaxosKey key, Proposal proposal, WriteCallback done) {
                    done.done(null);
                    return true;
                  }
                }),
        100);
  }

  @Test
  void whatIsForgottenBeforeItIsFinished() {
    assertFound(
        states(
            real ->
                new Forgetful(real) {
                  @Override
                  PaxosState read(PaxosKey key, PaxosState state) {
                    return state.withoutFinished(state.latest().micros() - 20_000);
                  }
                }),
        200);
  }

  @Test
  void aQuorumOfOneTooFew() {
    assertFound(
        new Defects(
            UnaryOperator.identity(),
            e -> new Electorate(e.replicas(), e.participants(), e.required() - 1, e.local())),
        50);
  }
}
