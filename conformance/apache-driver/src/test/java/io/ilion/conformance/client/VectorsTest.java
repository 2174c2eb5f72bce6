package io.ilion.conformance.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.data.CqlVector;
import com.datastax.oss.driver.api.core.type.DataTypes;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Vectors whose elements differ in length, which ScyllaDB's driver does not have. */
class VectorsTest {
  @Test
  void elementsOfAnyLength() {
    try (CqlSession session = DriverSession.openIn("driver_vectors")) {
      session.execute(
          "CREATE TABLE t (k int PRIMARY KEY, w vector<text, 3>, l vector<frozen<list<int>>, 2>)");
      var insert = session.prepare("INSERT INTO t (k, w, l) VALUES (?, ?, ?)");
      assertThat(insert.getVariableDefinitions().get(1).getType())
          .isEqualTo(DataTypes.vectorOf(DataTypes.TEXT, 3));
      var words = CqlVector.newInstance("", "Ἴλιον", "x".repeat(300));
      var lists = CqlVector.newInstance(List.<Integer>of(), List.of(1, 2, 1));
      session.execute(insert.bind(1, words, lists));
      session.execute(insert.bind(2, null, null));
      Row row = session.execute("SELECT w, l FROM t WHERE k = 1").one();
      assertThat(row.getVector(0, String.class)).isEqualTo(words);
      assertThat(row.getObject(1)).isEqualTo(lists);
      assertThat(session.execute("SELECT w FROM t WHERE k = 2").one().isNull(0)).isTrue();
      session.execute("DROP KEYSPACE driver_vectors");
    }
  }
}
