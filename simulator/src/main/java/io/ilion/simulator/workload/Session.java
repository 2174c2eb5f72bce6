package io.ilion.simulator.workload;

import io.ilion.model.Consistency;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.simulator.workload.Workload.Outcome;
import io.ilion.simulator.workload.Workload.ViolationException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;

/**
 * One client at work in one keyspace of a cluster, simulated or real. What it is asked and what it
 * answers happens on one thread, or on threads of which only one runs at a time.
 */
public interface Session {

  /**
   * What became of a statement.
   *
   * @param rows of its result; null if it failed, empty if it has none
   * @param pagingState where the next page begins; null if there is none
   */
  record Answer(Outcome outcome, List<byte[][]> rows, byte[] pagingState) {
    /** All that there is. */
    public Answer(Outcome outcome, List<byte[][]> rows) {
      this(outcome, rows, null);
    }

    /** Whether the statement was executed. */
    public boolean isDone() {
      return outcome == Outcome.DONE;
    }

    /** A column of a row as a bigint, or null. */
    public Long bigint(int row, int column) {
      byte[] value = rows.get(row)[column];
      return value == null ? null : ByteBuffer.wrap(value).getLong();
    }

    /** A column of a row as an int. */
    public int integer(int row, int column) {
      return ByteBuffer.wrap(rows.get(row)[column]).getInt();
    }
  }

  /** The draws of this client. */
  SimulatedRandom random();

  /** The number of the client. */
  int number();

  /** At which it reads what is not conditional. */
  Consistency level();

  /** At which it writes; what is conditional is committed at that. */
  default Consistency writeLevel() {
    return level();
  }

  /** At which it agrees on what is conditional, and reads it. */
  default Consistency serialLevel() {
    return Consistency.SERIAL;
  }

  /** The keyspace. */
  String keyspace();

  /** Executes a statement on some server that seems to serve; completes also if that fails. */
  CompletionStage<Answer> execute(String cql, Consistency consistency);

  /**
   * Asks some server for a page of a result, whoever gave the page before.
   *
   * @param rows of the page at most
   * @param pagingState where it begins; null for the first
   */
  default CompletionStage<Answer> page(
      String cql, Consistency consistency, int rows, byte[] pagingState) {
    throw new UnsupportedOperationException("this client has no pages of its own");
  }

  /** A column of a row as text. */
  static String text(byte[] value) {
    return new String(value, StandardCharsets.UTF_8);
  }

  /** A list of texts. */
  static List<String> texts(byte[] value) {
    List<String> texts = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(value);
    for (int left = in.getInt(); left > 0; left--) {
      byte[] text = new byte[in.getInt()];
      in.get(text);
      texts.add(text(text));
    }
    return texts;
  }

  /** Says what the cluster must not do, with the place. */
  static ViolationException violation(String format, Object... arguments) {
    return new ViolationException(String.format(Locale.ROOT, format, arguments));
  }
}
