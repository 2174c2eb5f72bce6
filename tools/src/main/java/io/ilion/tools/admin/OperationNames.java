package io.ilion.tools.admin;

import java.util.Iterator;
import java.util.List;

/**
 * What a shell completes behind {@code ilion admin}. The command itself asks the node; a completion
 * cannot, so a test compares this list with what a node has.
 */
final class OperationNames implements Iterable<String> {
  /** Those that are no operation of the node. */
  static final List<String> OF_THE_COMMAND =
      List.of("health", "help", "metrics", "ready", "task", "tasks");

  private static final List<String> ALL =
      List.of(
          "abort-move",
          "auto-repair",
          "cleanup",
          "clearsnapshot",
          "clientstats",
          "compact",
          "compactionhistory",
          "compactionstats",
          "decommission",
          "describecluster",
          "describering",
          "disableautocompaction",
          "disablebinary",
          "disablehandoff",
          "drain",
          "enableautocompaction",
          "enablebinary",
          "enablehandoff",
          "failuredetector",
          "flush",
          "garbagecollect",
          "gcstats",
          "getcompactionthroughput",
          "getendpoints",
          "getlogginglevels",
          "getmaxhintwindow",
          "getslowquerythreshold",
          "getsstables",
          "getstreamthroughput",
          "gettimeout",
          "gettraceprobability",
          "gossipinfo",
          "health",
          "help",
          "import",
          "import-begin",
          "import-drop",
          "import-finish",
          "import-list",
          "info",
          "invalidatecache",
          "layout",
          "listpendinghints",
          "listsnapshots",
          "metadatalog",
          "metrics",
          "netstats",
          "pausehandoff",
          "proxyhistograms",
          "ready",
          "recover-metadatalog",
          "rebuild",
          "reloadssl",
          "removenode",
          "repair",
          "repair-status",
          "restore",
          "resumehandoff",
          "ring",
          "scrub",
          "setcachecapacity",
          "setcompactionthroughput",
          "sethintedhandoffthrottlekb",
          "setlogginglevel",
          "setmaxhintwindow",
          "setslowquerythreshold",
          "setstreamthroughput",
          "settimeout",
          "settraceprobability",
          "slowqueries",
          "snapshot",
          "status",
          "statusautocompaction",
          "statusbinary",
          "statushandoff",
          "stop",
          "tablehistograms",
          "tablestats",
          "task",
          "tasks",
          "toppartitions",
          "tpstats",
          "truncatehints",
          "verify",
          "version");

  @Override
  public Iterator<String> iterator() {
    return ALL.iterator();
  }
}
