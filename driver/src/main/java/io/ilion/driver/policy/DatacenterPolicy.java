package io.ilion.driver.policy;

import io.ilion.driver.metadata.Node;
import io.ilion.model.Consistency;
import java.util.List;
import java.util.Objects;

/**
 * The policies of the driver: the replicas of the preferred data centre first, then its other
 * nodes, then, if that is wanted, those of other data centres; and among equals a {@link
 * NodeChoice}.
 *
 * <pre>{@code
 * Session.builder().loadBalancing(
 *     DatacenterPolicy.of(NodeChoice.latencyWeighted()).preferring("paris").failingOver());
 * }</pre>
 *
 * <p>Unless told which data centre to prefer, it prefers that of the first contact point that could
 * be reached. Immutable.
 */
public final class DatacenterPolicy implements LoadBalancingPolicy {
  private final NodeChoice choice;
  private final boolean tokenAware;
  private final boolean everywhere;
  private final String preferred;
  private final boolean failover;

  private DatacenterPolicy(
      NodeChoice choice,
      boolean tokenAware,
      boolean everywhere,
      String preferred,
      boolean failover) {
    this.choice = choice;
    this.tokenAware = tokenAware;
    this.everywhere = everywhere;
    this.preferred = preferred;
    this.failover = failover;
  }

  /** The default: among equals the least busy of two. */
  public static DatacenterPolicy standard() {
    return of(NodeChoice.leastBusy());
  }

  /** The standard with another choice among equals. */
  public static DatacenterPolicy of(NodeChoice choice) {
    return new DatacenterPolicy(Objects.requireNonNull(choice), true, false, null, false);
  }

  /** Prefers a data centre. */
  public DatacenterPolicy preferring(String datacenter) {
    return new DatacenterPolicy(choice, tokenAware, false, datacenter, failover);
  }

  /** Makes no difference between data centres. */
  public DatacenterPolicy everywhere() {
    return new DatacenterPolicy(choice, tokenAware, true, null, false);
  }

  /**
   * Tries the nodes of other data centres when those of the preferred one fail. Not for the
   * consistencies LOCAL_ONE, LOCAL_QUORUM and LOCAL_SERIAL: there they would mean something else.
   */
  public DatacenterPolicy failingOver() {
    return new DatacenterPolicy(choice, tokenAware, everywhere, preferred, true);
  }

  /** Does not look for replicas. */
  public DatacenterPolicy withoutTokens() {
    return new DatacenterPolicy(choice, false, everywhere, preferred, failover);
  }

  @Override
  public LoadBalancingPolicy inferring(String datacenter) {
    return everywhere || preferred != null ? this : preferring(datacenter);
  }

  @Override
  public Distance distance(Node node) {
    if (everywhere || preferred == null || preferred.equals(node.datacenter())) {
      return Distance.LOCAL;
    }
    return failover ? Distance.REMOTE : Distance.IGNORED;
  }

  @Override
  public QueryPlan plan(Routing routing) {
    return new Plan(routing);
  }

  private static boolean isLocal(Consistency consistency) {
    return consistency == Consistency.LOCAL_ONE
        || consistency == Consistency.LOCAL_QUORUM
        || consistency == Consistency.LOCAL_SERIAL;
  }

  /** Goes through the groups; in each from the chosen node on, in a circle. */
  private final class Plan implements QueryPlan {
    private final Routing routing;

    /** 0: replicas, 1: the preferred data centre, 2 and beyond: the others. */
    private int group = -1;

    private List<Node> nodes = List.of();
    private int start;
    private int tried;
    private List<Node> replicas = List.of();

    Plan(Routing routing) {
      this.routing = routing;
    }

    @Override
    public Node next() {
      while (true) {
        while (tried < nodes.size()) {
          int index = start + tried++;
          Node node = nodes.get(index >= nodes.size() ? index - nodes.size() : index);
          if (node.isUp() && (group == 0 || !replicas.contains(node))) {
            return node;
          }
        }
        if (!nextGroup()) {
          return null;
        }
      }
    }

    private boolean nextGroup() {
      group++;
      tried = 0;
      if (group == 0) {
        if (tokenAware && routing.hasToken()) {
          replicas = routing.replicas(preferred);
        }
        nodes = replicas;
      } else if (group == 1) {
        nodes = routing.nodes(preferred);
      } else {
        nodes = remote(group - 2);
        if (nodes == null) {
          nodes = List.of();
          return false;
        }
      }
      start = nodes.isEmpty() ? 0 : choice.choose(nodes);
      return true;
    }

    private List<Node> remote(int index) {
      if (preferred == null || !failover || isLocal(routing.consistency())) {
        return null;
      }
      List<String> datacenters = routing.datacenters();
      if (index >= datacenters.size()) {
        return null;
      }
      String datacenter = datacenters.get(index);
      return datacenter.equals(preferred) ? List.of() : routing.nodes(datacenter);
    }
  }
}
