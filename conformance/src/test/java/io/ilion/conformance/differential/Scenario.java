package io.ilion.conformance.differential;

import java.util.ArrayList;
import java.util.List;

/**
 * All that one seed asks, as the lines of fixtures: a schema and some rounds of writes, changes and
 * questions. The time of every request is in the far future, so that nothing is purged meanwhile.
 *
 * @param keyspace the keyspace of the tables
 * @param rounds the fixtures; a server may be started anew between them
 */
record Scenario(String keyspace, List<List<String>> rounds) {
  static final int ROUNDS = 3;
  private static final long START = 1_900_000_000;

  /** The scenario of a seed; always the same. */
  static Scenario of(long seed) {
    Dice dice = new Dice(seed);
    String keyspace = "differential_" + Long.toString(seed).replace('-', 'm');
    List<String> schemaLines = new ArrayList<>();
    RandomSchema schema = new RandomSchema(dice, schemaLines);
    RandomValues values = new RandomValues(dice);
    RandomWrites writes = new RandomWrites(dice, values);
    RandomSelects selects = new RandomSelects(dice, values);
    schema.create();
    List<List<String>> rounds = new ArrayList<>();
    long now = START;
    for (int round = 0; round < ROUNDS; round++) {
      if (round > 0 && dice.chance(60)) {
        schema.alter();
      }
      List<String> fixture = new ArrayList<>(schemaLines);
      schemaLines.clear();
      int count = dice.between(20, 60);
      for (int i = 0; i < count; i++) {
        now += dice.below(4);
        writes.write(dice.of(schema.tables()), now, fixture);
      }
      for (RandomTable table : schema.tables()) {
        selects.scan(table, now, fixture);
      }
      int questions = dice.between(40, 80);
      for (int i = 0; i < questions; i++) {
        now += dice.chance(10) ? 10 : 0;
        selects.select(dice.of(schema.tables()), now, fixture);
      }
      rounds.add(fixture);
    }
    schema.ask(keyspace);
    rounds.getLast().addAll(schemaLines);
    return new Scenario(keyspace, rounds);
  }
}
