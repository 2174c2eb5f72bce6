package io.ilion.coordinator.streaming;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.paxos.PaxosRows;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.model.schema.Schema;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import java.util.function.Supplier;

/**
 * What of a node those need who fetch ranges for it.
 *
 * @param lane lane 0
 * @param agreements reads what replicas have promised and accepted
 * @param repairs learns what those know of repairs of whom anything is fetched
 */
public record StreamHost(
    LaneAccess lanes,
    Lane lane,
    Messenger messenger,
    ClusterView view,
    Supplier<Schema> schema,
    PaxosRows agreements,
    RepairKnowledge repairs,
    Clock clock,
    StreamLimits limits) {}
