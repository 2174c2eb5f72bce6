package io.ilion.coordinator.paxos;

/**
 * What a replica remembers of a partition.
 *
 * @param promised the latest round that was promised; NONE if none was
 * @param accepted the proposal accepted last; NONE if none was since the last commit
 * @param committed the last proposal that was committed here; NONE if none was
 */
record PaxosState(Ballot promised, Proposal accepted, Proposal committed) {
  /** Of a partition that nobody has asked for. */
  static final PaxosState NEW = new PaxosState(Ballot.NONE, Proposal.NONE, Proposal.NONE);

  /** Forgets what was accepted before the last commit. */
  PaxosState {
    if (accepted.ballot().compareTo(committed.ballot()) <= 0) {
      accepted = Proposal.NONE;
    }
  }

  /**
   * What is left of it when what was proposed first before a time is finished: rounds of before
   * count as promised, and nobody has to complete or apply anything of before.
   */
  PaxosState withoutFinished(long micros) {
    if (micros <= 0) {
      return this;
    }
    Ballot finished = new Ballot(micros, Long.MIN_VALUE);
    Proposal open = accepted.ballot().micros() < micros ? Proposal.NONE : accepted;
    Proposal last = committed;
    if (committed.ballot().micros() < micros) {
      last = Proposal.NONE;
    } else if (committed.origin().micros() < micros) {
      last = committed.withoutUpdate();
    }
    return new PaxosState(Ballot.max(promised, finished), open, last);
  }

  /** The latest round that this replica has taken part in. */
  Ballot latest() {
    return Ballot.max(promised, Ballot.max(accepted.ballot(), committed.ballot()));
  }
}
