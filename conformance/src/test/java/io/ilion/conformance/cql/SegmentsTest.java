package io.ilion.conformance.cql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class SegmentsTest {
  @Test
  void largeEnvelopesTakeSeveralSegments() throws IOException {
    byte[] envelope = new byte[Segments.MAX_PAYLOAD + 5];
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Segments.write(out, envelope);
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(out.toByteArray()));
    assertThat(Segments.read(in)).hasSize(Segments.MAX_PAYLOAD);
    assertThat(Segments.read(in)).hasSize(5);
    assertThat(in.available()).isZero();
  }

  @Test
  void everyDamagedByteIsSeen() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Segments.write(out, new byte[] {1, 2, 3});
    for (int i = 0; i < out.size(); i++) {
      byte[] damaged = out.toByteArray();
      damaged[i] ^= 1;
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(damaged));
      assertThatThrownBy(() -> Segments.read(in)).isInstanceOf(IOException.class);
    }
  }
}
