package io.ilion.tools.admin;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What to do instead of commands of nodetool that a node has no operation for. */
final class NodetoolAdvice {
  private static final String NONE = "there is no such thing here: ";

  private static final String NO_ROLES = NONE + "no roles yet";

  private NodetoolAdvice() {}

  /** The advice by the names of commands. */
  static Map<String, String> instead() {
    Map<String, String> advice = new HashMap<>();
    advice.put("abortbootstrap", "instead: abort-move");
    advice.put("assassinate", "instead: removenode HOST_ID --force");
    advice.put("bootstrap", "a node that starts goes on with its joining by itself");
    advice.put("datapaths", "the node's setting data_directory; tables are in data/ below it");
    advice.put("forcecompact", "instead: compact KEYSPACE TABLE");
    advice.put("getconcurrentcompactors", "instead: --cql HOST settings concurrent_compactors");
    advice.put("getdefaultrf", NONE + "a keyspace names its replication");
    advice.put("getseeds", "instead: --cql HOST settings seeds");
    advice.put("join", "a node joins when it starts with --seeds");
    advice.put("move", "instead: decommission, and start a new node");
    advice.put("rebuild_index", NONE + "no secondary indexes yet");
    advice.put("recompress_sstables", "instead: compact, which writes files as the table says now");
    advice.put(
        "rangekeysample", NONE + "toppartitions counts the busiest, ilion count the largest");
    advice.put("refresh", "instead: import KEYSPACE TABLE DIRECTORY...");
    advice.put("refreshsizeestimates", "system.size_estimates is computed when it is read");
    advice.put("relocatesstables", NONE + "a node has one data directory");
    advice.put("reloadlocalschema", NONE + "the schema follows the metadata log; see metadatalog");
    advice.put("resetlocalschema", NONE + "the schema follows the metadata log; see metadatalog");
    advice.put("reloadseeds", "seeds are a setting, read at the start");
    advice.put("reloadtriggers", NONE + "no triggers");
    advice.put("repair_admin", "instead: repair-status; tasks and stop ID for those that run");
    advice.put("replaybatchlog", "batches that were left behind are replayed by themselves");
    advice.put("setcompactionthreshold", "instead: ALTER TABLE ... WITH compaction");
    advice.put("getcompactionthreshold", "instead: DESCRIBE TABLE, in ilion shell");
    advice.put("setconcurrentcompactors", "concurrent_compactors is a setting, read at the start");
    advice.put("setconcurrency", NONE + "a lane serves its share of the tokens; see tpstats");
    advice.put("getconcurrency", NONE + "a lane serves its share of the tokens; see tpstats");
    advice.put("setcachekeystosave", NONE + "caches are not saved");
    advice.put("setdefaultrf", NONE + "a keyspace names its replication");
    advice.put("sjk", "instead: metrics; jcmd PID Thread.print or JFR.start for more");
    advice.put("sstablerepairset", NONE + "files have no such mark; see repair-status");
    advice.put("stopdaemon", "instead: drain, then SIGTERM");
    advice.put("viewbuildstatus", NONE + "no materialized views yet");
    for (String backup : List.of("enablebackup", "disablebackup", "statusbackup")) {
      advice.put(backup, NONE + "snapshot keeps files as they are");
    }
    for (String gossip : List.of("enablegossip", "disablegossip", "statusgossip")) {
      advice.put(gossip, NONE + "disablebinary keeps clients away, SIGSTOP all");
    }
    for (String cache :
        List.of("invalidatekeycache", "invalidaterowcache", "invalidatecountercache")) {
      advice.put(cache, "instead: invalidatecache; the one cache has blocks of files");
    }
    for (String log : List.of("fullquerylog", "auditlog")) {
      for (String verb : List.of("enable", "disable", "get", "reset")) {
        advice.put(
            verb + log, "instead: settraceprobability, slowqueries or setslowquerythreshold");
      }
    }
    for (String verb : List.of("get", "set")) {
      advice.put(
          verb + "batchlogreplaythrottle", NONE + "batches are replayed as fast as they are taken");
      advice.put(verb + "columnindexsize", NONE + "an SSTable is indexed by its blocks");
      advice.put(verb + "concurrentviewbuilders", NONE + "no materialized views yet");
      advice.put(
          verb + "interdcstreamthroughput", "instead: " + verb + "streamthroughput, for all nodes");
      advice.put(verb + "snapshotthrottle", NONE + "a snapshot links files, which takes no time");
      advice.put(verb + "authcacheconfig", NO_ROLES);
    }
    for (String verb : List.of("enable", "disable")) {
      advice.put(verb + "hintsfordc", "instead: " + verb + "handoff, for all data centres");
      advice.put(verb + "oldprotocolversions", NONE + "versions 3 to 5 are always spoken");
    }
    for (String cache :
        List.of(
            "cidrpermissions",
            "credentials",
            "jmxpermissions",
            "networkpermissions",
            "permissions",
            "roles")) {
      advice.put("invalidate" + cache + "cache", NO_ROLES);
    }
    for (String cidr :
        List.of(
            "cidrfilteringstats",
            "dropcidrgroup",
            "getcidrgroupsofip",
            "listcidrgroups",
            "reloadcidrgroupscache",
            "updatecidrgroup")) {
      advice.put(cidr, NO_ROLES);
    }
    return Map.copyOf(advice);
  }
}
