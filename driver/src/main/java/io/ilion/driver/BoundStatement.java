package io.ilion.driver;

import io.ilion.model.type.PartitionKeyCodec;
import io.ilion.model.type.Values;
import io.ilion.protocol.BoundValues;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.Request;
import java.util.ArrayList;
import java.util.List;

/** A prepared statement with its values. They were encoded when they were bound. */
public final class BoundStatement extends Statement<BoundStatement> {
  private final PreparedStatement prepared;
  private final BoundValues values;

  BoundStatement(PreparedStatement prepared, BoundValues values, Settings settings) {
    super(settings);
    this.prepared = prepared;
    this.values = values;
  }

  /** The statement whose values these are. */
  public PreparedStatement prepared() {
    return prepared;
  }

  @Override
  public BoundStatement with(Settings settings) {
    return new BoundStatement(prepared, values, settings);
  }

  @Override
  public String text() {
    return prepared.text();
  }

  BoundValues values(ProtocolVersion version) {
    if (!version.atLeast(ProtocolVersion.V4)) {
      for (int i = 0; i < values.count(); i++) {
        if (values.isUnset(i)) {
          throw new IllegalStateException(
              "No value for the marker "
                  + prepared.variables().name(i)
                  + ", and version 3 has no unset");
        }
      }
    }
    return values;
  }

  @Override
  Request message(ProtocolVersion version, Attempt attempt) {
    PreparedStatement.Shape shape = prepared.shape();
    attempt.expects(shape);
    return new Request.Execute(
        prepared.id(),
        shape.metadataId(),
        attempt.execution().parameters(values(version), skipsMetadata(version, shape)));
  }

  /**
   * Whether the columns need not be described. Only version 5 tells when they have changed; before
   * that, those of "SELECT *" may change at any time.
   */
  private boolean skipsMetadata(ProtocolVersion version, PreparedStatement.Shape shape) {
    return shape.columns().size() > 0
        && (version.atLeast(ProtocolVersion.V5) || !prepared.analysis().isSelectAll());
  }

  @Override
  boolean isNaturallyIdempotent() {
    return prepared.analysis().isSelect();
  }

  @Override
  boolean isConditional() {
    return prepared.analysis().isConditional();
  }

  @Override
  byte[] routingKey() {
    int[] indexes = prepared.partitionKey();
    if (indexes.length == 0) {
      return null;
    }
    if (indexes.length == 1) {
      byte[] only = values.get(indexes[0]);
      return only == null || Values.isUnset(only) ? null : only;
    }
    List<byte[]> components = new ArrayList<>(indexes.length);
    for (int index : indexes) {
      byte[] component = values.get(index);
      if (component == null || Values.isUnset(component)) {
        return null;
      }
      components.add(component);
    }
    return PartitionKeyCodec.compose(components);
  }

  @Override
  String routingKeyspace() {
    return prepared.variables().size() == 0
        ? super.routingKeyspace()
        : prepared.variables().keyspace(0);
  }

  @Override
  public String toString() {
    return prepared.text();
  }
}
