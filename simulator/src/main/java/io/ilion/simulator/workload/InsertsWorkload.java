package io.ilion.simulator.workload;

import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Rows that are written once, each into a partition of its own, and read by nobody until the end.
 * What is read is repaired, which hides that some replica has missed it; here nothing does.
 */
public final class InsertsWorkload implements Workload {
  private static final int PAGE = 50;

  private final BitSet acknowledged = new BitSet();
  private int next;

  @Override
  public String name() {
    return "inserts";
  }

  @Override
  public List<String> tables(String keyspace) {
    return List.of("CREATE TABLE " + keyspace + ".inserts (p int PRIMARY KEY, v int)");
  }

  @Override
  public CompletionStage<Outcome> operate(Session session) {
    int p = next++;
    return session
        .execute(
            "INSERT INTO %s.inserts (p, v) VALUES (%d, %d)".formatted(session.keyspace(), p, p),
            session.writeLevel())
        .thenApply(
            answer -> {
              if (answer.isDone()) {
                acknowledged.set(p);
              }
              return answer.outcome();
            });
  }

  @Override
  public CompletionStage<Void> verify(Session session) {
    BitSet shown = new BitSet();
    return page(session, shown, null)
        .thenAccept(
            all -> {
              BitSet lost = (BitSet) acknowledged.clone();
              lost.andNot(shown);
              if (!lost.isEmpty()) {
                throw Session.violation("rows %s are lost at %s", lost, session.level());
              }
            });
  }

  private CompletionStage<Void> page(Session session, BitSet shown, byte[] state) {
    return session
        .page("SELECT p, v FROM " + session.keyspace() + ".inserts", session.level(), PAGE, state)
        .thenCompose(
            answer -> {
              if (!answer.isDone()) {
                throw Session.violation(
                    "what was inserted cannot be read at %s: %s",
                    session.level(), answer.outcome());
              }
              for (int i = 0; i < answer.rows().size(); i++) {
                add(answer.integer(i, 0), answer.integer(i, 1), shown);
              }
              return answer.pagingState() == null
                  ? CompletableFuture.completedFuture(null)
                  : page(session, shown, answer.pagingState());
            });
  }

  private void add(int p, int v, BitSet shown) {
    if (p != v || p >= next || shown.get(p)) {
      throw Session.violation("partition %d of %d shows %d, or is shown twice", p, next, v);
    }
    shown.set(p);
  }
}
