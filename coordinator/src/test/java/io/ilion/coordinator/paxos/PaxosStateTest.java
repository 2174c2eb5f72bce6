package io.ilion.coordinator.paxos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PaxosStateTest {
  @Test
  void aStateIsWhatIsNotFinished() {
    SplittableRandom random = new SplittableRandom(3);
    Ballot promised = Ballot.draw(100, false, random);
    Ballot before = Ballot.draw(200, false, random);
    Ballot after = Ballot.draw(400, false, random);
    byte[] update = {1};
    Proposal old = new Proposal(before, before, List.of(), update);
    Proposal again = new Proposal(after, before, List.of(promised), update);
    Proposal fresh = new Proposal(after, after, List.of(before), update);
    PaxosState gone = new PaxosState(promised, old, Proposal.NONE).withoutFinished(300);
    assertThat(gone.accepted().isEmpty()).isTrue();
    assertThat(gone.latest().admits(Ballot.draw(299, false, random))).isFalse();
    assertThat(gone.latest().admits(Ballot.draw(301, false, random))).isTrue();
    PaxosState committed = new PaxosState(promised, Proposal.NONE, old);
    assertThat(committed.withoutFinished(300).committed()).isEqualTo(Proposal.NONE);
    assertThat(committed.withoutFinished(200).committed()).isEqualTo(old);
    PaxosState stays = new PaxosState(promised, fresh, old).withoutFinished(300);
    assertThat(stays.accepted()).isEqualTo(fresh);
    assertThat(stays.latest()).isEqualTo(after);
    PaxosState both = new PaxosState(promised, old, again).withoutFinished(300);
    assertThat(both.accepted()).isEqualTo(Proposal.NONE);
    assertThat(both.committed().ballot()).isEqualTo(after);
    assertThat(both.committed().earlier()).containsExactly(promised);
    assertThat(both.committed().isEmpty()).isTrue();
  }
}
