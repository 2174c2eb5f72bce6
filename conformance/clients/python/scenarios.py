"""Scenarios with the Python driver (Debian's python3-cassandra), unmodified.

    /usr/bin/python3 scenarios.py HOST PORT [AUTHORITY OWN]

With two files in PEM form it talks TLS: of the authority that it trusts, and of its own certificate and key.
Prints `ok NAME` or `FAILED NAME` and the traceback for each scenario; exits with 1 if one failed.
"""

import datetime
import decimal
import ipaddress
import ssl
import sys
import threading
import time
import traceback
import uuid

from cassandra import (
    AlreadyExists,
    ConsistencyLevel,
    InvalidRequest,
    Unavailable,
)
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.policies import DCAwareRoundRobinPolicy, TokenAwarePolicy
from cassandra.protocol import SyntaxException
from cassandra.query import (
    BatchStatement,
    BatchType,
    SimpleStatement,
    UNSET_VALUE,
    dict_factory,
)
from cassandra.util import Date, Duration, SortedSet, Time

HOST, PORT = sys.argv[1], int(sys.argv[2])
AUTHORITY, OWN = sys.argv[3:5] if len(sys.argv) > 3 else (None, None)
KEYSPACE = "python_driver"
REPLICATION = "{'class': 'SimpleStrategy', 'replication_factor': 1}"


def cluster(**options):
    profile = ExecutionProfile(
        load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy()), request_timeout=30
    )
    options.setdefault("connect_timeout", 20)
    if AUTHORITY:
        context = ssl.create_default_context(cafile=AUTHORITY)
        context.load_cert_chain(OWN)
        options["ssl_context"] = context
        options["ssl_options"] = {"server_hostname": HOST}
    return Cluster(
        [HOST], port=PORT, execution_profiles={EXEC_PROFILE_DEFAULT: profile}, **options
    )


def same(actual, expected):
    assert actual == expected, "%r is not %r" % (actual, expected)


def raises(kind, part, action):
    try:
        action()
    except kind as error:
        assert part in str(error), "%r is not in %r" % (part, str(error))
        return error
    raise AssertionError("no %s" % kind)


def versions_and_compressions(_):
    large = "a line that repeats itself, " * 20000
    for version, compressions in ((3, (False, "lz4", "snappy")), (4, (False, "lz4", "snappy")), (5, (False, "lz4"))):
        for compression in compressions:
            with cluster(protocol_version=version, compression=compression) as c:
                session = c.connect(KEYSPACE)
                same(c.protocol_version, version)
                session.execute("INSERT INTO texts (k, v) VALUES (%s, %s)", (version, large))
                row = session.execute("SELECT v FROM texts WHERE k = %s", (version,)).one()
                same(row.v, large)


def clients_are_known_to_be_encrypted_or_not(session):
    rows = session.execute("SELECT ssl_enabled, ssl_protocol, ssl_cipher_suite FROM system_views.clients").all()
    assert rows
    for row in rows:
        same(row.ssl_enabled, AUTHORITY is not None)
        same(row.ssl_protocol, "TLSv1.3" if AUTHORITY else None)
        same(row.ssl_cipher_suite is not None, AUTHORITY is not None)


def newest_version_is_negotiated(session):
    same(session.cluster.protocol_version, 5)


def cluster_metadata(session):
    metadata = session.cluster.metadata
    assert metadata.cluster_name
    (host,) = metadata.all_hosts()
    assert host.is_up
    assert host.host_id is not None
    assert host.datacenter in ("dc1", "datacenter1"), host.datacenter
    same(host.rack, "rack1")
    assert host.release_version.startswith("5.0"), host.release_version
    same(metadata.partitioner.rsplit(".")[-1], "Murmur3Partitioner")
    same(len(metadata.token_map.ring), 16)
    same(metadata.get_replicas(KEYSPACE, b"\0\0\0\1"), [host])


def schema_metadata(session):
    session.execute("CREATE TYPE address (street text, numbers frozen<list<int>>)")
    session.execute(
        "CREATE TABLE wide (a int, b text, c timeuuid, d bigint, s text static,"
        " m map<text, frozen<set<uuid>>>, u address, fu frozen<address>, t tuple<int, text>,"
        " du duration, PRIMARY KEY ((a, b), c, d))"
        " WITH CLUSTERING ORDER BY (c DESC, d ASC) AND comment = 'wide' AND gc_grace_seconds = 1234"
    )
    keyspace = session.cluster.metadata.keyspaces[KEYSPACE]
    same(keyspace.replication_strategy.name, "SimpleStrategy")
    same(keyspace.user_types["address"].field_types, ["text", "frozen<list<int>>"])
    table = keyspace.tables["wide"]
    same([c.name for c in table.partition_key], ["a", "b"])
    same([c.name for c in table.clustering_key], ["c", "d"])
    same([c.is_reversed for c in table.clustering_key], [True, False])
    assert table.columns["s"].is_static
    same(table.columns["m"].cql_type, "map<text, frozen<set<uuid>>>")
    same(table.columns["fu"].cql_type, "frozen<address>")
    same(table.columns["t"].cql_type, "frozen<tuple<int, text>>")
    same(table.options["comment"], "wide")
    same(table.options["gc_grace_seconds"], 1234)
    assert session.cluster.metadata.keyspaces["system_views"].virtual
    # What the driver prints makes the same table.
    printed = table.as_cql_query()
    session.execute("DROP TABLE wide")
    session.execute(printed)
    again = session.cluster.metadata.keyspaces[KEYSPACE].tables["wide"]
    same(again.as_cql_query(), printed)
    session.execute("ALTER TABLE wide ADD note text")
    assert "note" in session.cluster.metadata.keyspaces[KEYSPACE].tables["wide"].columns
    session.execute("DROP TABLE wide")
    assert "wide" not in session.cluster.metadata.keyspaces[KEYSPACE].tables


def schema_events(session):
    """A second cluster object, which changes nothing, follows the schema."""
    with cluster(schema_event_refresh_window=0) as listening:
        listening.connect()
        session.execute("CREATE TABLE watched (k int PRIMARY KEY)")
        tables = lambda: listening.metadata.keyspaces[KEYSPACE].tables
        eventually(lambda: "watched" in tables())
        session.execute("ALTER TABLE watched ADD v int")
        eventually(lambda: "v" in tables()["watched"].columns)
        session.execute("DROP TABLE watched")
        eventually(lambda: "watched" not in tables())
        types = lambda: listening.metadata.keyspaces[KEYSPACE].user_types
        session.execute("CREATE TYPE watched_type (a int)")
        eventually(lambda: "watched_type" in types())
        session.execute("ALTER TYPE watched_type ADD b text")
        eventually(lambda: types()["watched_type"].field_names == ["a", "b"])
        session.execute("DROP TYPE watched_type")
        eventually(lambda: "watched_type" not in types())
        keyspaces = listening.metadata.keyspaces
        session.execute("CREATE KEYSPACE python_more WITH replication = %s" % REPLICATION)
        eventually(lambda: "python_more" in keyspaces)
        session.execute("ALTER KEYSPACE python_more WITH durable_writes = false")
        eventually(lambda: not keyspaces["python_more"].durable_writes)
        session.execute("DROP KEYSPACE python_more")
        eventually(lambda: "python_more" not in keyspaces)


def replicas_in_data_centres(session):
    (host,) = session.cluster.metadata.all_hosts()
    session.execute("DROP KEYSPACE IF EXISTS python_topology")
    session.execute(
        "CREATE KEYSPACE python_topology WITH replication = {'class': 'NetworkTopologyStrategy', '%s': 1}"
        % host.datacenter
    )
    metadata = session.cluster.metadata
    strategy = metadata.keyspaces["python_topology"].replication_strategy
    same(strategy.name, "NetworkTopologyStrategy")
    same(strategy.dc_replication_factors, {host.datacenter: 1})
    same(metadata.get_replicas("python_topology", b"\0\0\0\1"), [host])
    session.execute("DROP KEYSPACE python_topology")


def eventually(condition):
    woken = threading.Event()
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "not within 10 s"
        woken.wait(0.01)


VALUES = [
    ("ascii", ["", "plain"]),
    ("bigint", [-(2**63), 0, 2**63 - 1]),
    ("blob", [b"", b"\x00\xff", b"x" * 70000]),
    ("boolean", [True, False]),
    ("date", [Date(0), Date(datetime.date(2024, 2, 29)), Date(-719162)]),
    ("decimal", [decimal.Decimal("0"), decimal.Decimal("-1.50"), decimal.Decimal("9" * 300)]),
    ("double", [0.0, -1.5, float("inf"), 5e-324]),
    ("duration", [Duration(0, 0, 0), Duration(1, 2, 3), Duration(-1, -2, -(2**62))]),
    ("float", [0.0, -1.5, float("-inf")]),
    ("inet", ["127.0.0.1", "2001:db8::ff00:42:8329"]),
    ("int", [-(2**31), 0, 2**31 - 1]),
    ("smallint", [-(2**15), 2**15 - 1]),
    ("text", ["", "Ἴλιον", "\U0001F40E" * 1000]),
    ("time", [Time(0), Time(86399999999999)]),
    ("timestamp", [datetime.datetime(1970, 1, 1), datetime.datetime(1969, 12, 31, 23, 59, 59, 999000)]),
    ("timeuuid", [uuid.uuid1()]),
    ("tinyint", [-128, 127]),
    ("uuid", [uuid.uuid4(), uuid.UUID(int=0)]),
    ("varint", [0, -128, 128, -(2**2000)]),
    ("frozen<list<int>>", [[], [1, 2, 1]]),
    ("list<int>", [[1, 2], [5]]),
    ("frozen<set<text>>", [SortedSet(), SortedSet(["", "b"])]),
    ("map<int, text>", [{1: "a", -1: "b"}]),
    ("map<text, frozen<list<frozen<set<int>>>>>", [{"a": [{1, 2}, set()]}]),
    ("tuple<int, text, frozen<list<int>>>", [(1, None, [1, 2])]),
]


def types(session):
    for number, (cql, values) in enumerate(VALUES):
        table = "type_%d" % number
        session.execute("CREATE TABLE %s (k int PRIMARY KEY, v %s)" % (table, cql))
        insert = session.prepare("INSERT INTO %s (k, v) VALUES (?, ?)" % table)
        for k, value in enumerate(values):
            session.execute(insert, (k, value))
            row = session.execute("SELECT v FROM %s WHERE k = %s" % (table, k)).one()
            same(row.v, value)
        session.execute(insert, (-1, None))
        same(session.execute("SELECT v FROM %s WHERE k = -1" % table).one().v, None)


def user_defined_types(session):
    class Point:
        def __init__(self, x, y):
            self.x, self.y = x, y

        def __eq__(self, other):
            return (self.x, self.y) == (other.x, other.y)

    session.execute("CREATE TYPE point (x int, y text)")
    session.execute(
        "CREATE TABLE points (k int PRIMARY KEY, p point, l list<frozen<point>>, t map<text, frozen<point>>)"
    )
    session.cluster.register_user_type(KEYSPACE, "point", Point)
    insert = session.prepare("INSERT INTO points (k, p, l, t) VALUES (?, ?, ?, ?)")
    session.execute(insert, (1, Point(1, "one"), [Point(2, None)], {"a": Point(3, "three")}))
    row = session.execute("SELECT p, l, t FROM points WHERE k = 1").one()
    same(row.p, Point(1, "one"))
    same(row.l, [Point(2, None)])
    same(row.t["a"], Point(3, "three"))


def prepared(session):
    insert = session.prepare("INSERT INTO rows (k, c, v) VALUES (:key, :clustering, :value)")
    same([c.name for c in insert.column_metadata], ["key", "clustering", "value"])
    same(insert.routing_key_indexes, [0])
    session.execute(insert, {"key": 5, "clustering": 1, "value": "named"})
    bound = insert.bind((5, 2, UNSET_VALUE))
    same(bound.routing_key, b"\0\0\0\5")
    session.execute(bound)
    rows = session.execute("SELECT c, v FROM rows WHERE k = 5").all()
    same([(r.c, r.v) for r in rows], [(1, "named"), (2, None)])
    session.execute("CREATE TABLE again (k int PRIMARY KEY)")
    again = session.prepare("INSERT INTO again (k) VALUES (?)")
    session.execute("DROP TABLE again")
    session.execute("CREATE TABLE again (k int PRIMARY KEY)")
    session.execute(again, (1,))
    same(session.execute("SELECT k FROM again").one().k, 1)


def batches(session):
    insert = session.prepare("INSERT INTO rows (k, c, v) VALUES (?, ?, ?)")
    for kind in (BatchType.LOGGED, BatchType.UNLOGGED):
        batch = BatchStatement(batch_type=kind)
        batch.add(insert, (20 + kind.value, 1, "bound"))
        batch.add("INSERT INTO rows (k, c, v) VALUES (%s, 2, 'simple')", (20 + kind.value,))
        session.execute(batch)
        rows = session.execute("SELECT v FROM rows WHERE k = %s", (20 + kind.value,)).all()
        same([r.v for r in rows], ["bound", "simple"])
    session.execute("CREATE TABLE counts (k text PRIMARY KEY, n counter)")
    counters = BatchStatement(batch_type=BatchType.COUNTER)
    add = session.prepare("UPDATE counts SET n = n + ? WHERE k = ?")
    counters.add(add, (3, "a"))
    counters.add(add, (-1, "a"))
    session.execute(counters)
    same(session.execute("SELECT n FROM counts WHERE k = 'a'").one().n, 2)


def paging(session):
    insert = session.prepare("INSERT INTO rows (k, c, v) VALUES (1, ?, 'x')")
    results = execute_concurrent_with_args(session, insert, [(c,) for c in range(1000)], concurrency=256)
    assert all(r.success for r in results)
    select = SimpleStatement("SELECT c FROM rows WHERE k = 1", fetch_size=300)
    same([r.c for r in session.execute(select)], list(range(1000)))
    first = session.execute(select)
    assert first.has_more_pages
    same(len(first.current_rows), 300)
    second = session.execute(select, paging_state=first.paging_state)
    same(second.current_rows[0].c, 300)


def conditions(session):
    insert = "INSERT INTO rows (k, c, v) VALUES (30, 1, %s) IF NOT EXISTS"
    assert session.execute(insert, ("first",)).was_applied
    refused = session.execute(insert, ("second",))
    assert not refused.was_applied
    same(session.execute(insert, ("second",)).one().v, "first")
    assert session.execute("UPDATE rows SET v = 'n' WHERE k = 30 AND c = 1 IF v = 'first'").was_applied


def tracing_and_warnings(session):
    result = session.execute("SELECT count(*) FROM rows", trace=True)
    same(result.response_future.warnings, ["Aggregation query used without partition key"])
    trace = result.response_future.get_query_trace()
    same(trace.request_type, "Execute CQL3 query")
    assert trace.duration is not None
    activities = [event.description for event in trace.events]
    assert "Preparing statement" in activities, activities
    assert any(text.startswith("Read ") and "live rows" in text for text in activities), activities
    assert all(event.source_elapsed <= trace.duration for event in trace.events)


def named_rows_and_consistency(session):
    statement = SimpleStatement(
        "SELECT key FROM system.local", consistency_level=ConsistencyLevel.QUORUM
    )
    same(session.execute(statement).one().key, "local")
    as_dict = session.execution_profile_clone_update(EXEC_PROFILE_DEFAULT, row_factory=dict_factory)
    same(session.execute(statement, execution_profile=as_dict).one(), {"key": "local"})



def errors(session):
    raises(SyntaxException, "line 1:0", lambda: session.execute("SELEC"))
    raises(InvalidRequest, "table absent does not exist", lambda: session.execute("SELECT * FROM absent"))
    raises(
        InvalidRequest,
        "Invalid unset value for column c",
        lambda: session.execute(session.prepare("SELECT v FROM rows WHERE k = ? AND c = ?"), (1,)),
    )
    error = raises(AlreadyExists, "", lambda: session.execute("CREATE TABLE rows (k int PRIMARY KEY)"))
    same((error.keyspace, error.table), (KEYSPACE, "rows"))
    statement = SimpleStatement("SELECT * FROM rows WHERE k = 1", consistency_level=ConsistencyLevel.THREE)
    try:
        session.execute(statement)
        raise AssertionError("no Unavailable")
    except Unavailable as unavailable:
        same((unavailable.required_replicas, unavailable.alive_replicas), (3, 1))
    except NoHostAvailable as no_host:
        assert isinstance(list(no_host.errors.values())[0], Unavailable)


SCENARIOS = [
    newest_version_is_negotiated,
    clients_are_known_to_be_encrypted_or_not,
    versions_and_compressions,
    cluster_metadata,
    schema_metadata,
    schema_events,
    replicas_in_data_centres,
    types,
    user_defined_types,
    prepared,
    batches,
    paging,
    conditions,
    tracing_and_warnings,
    named_rows_and_consistency,
    errors,
]


def main():
    failed = False
    with cluster(schema_event_refresh_window=0) as c:
        session = c.connect()
        session.execute("DROP KEYSPACE IF EXISTS " + KEYSPACE)
        session.execute("CREATE KEYSPACE %s WITH replication = %s" % (KEYSPACE, REPLICATION))
        session.set_keyspace(KEYSPACE)
        session.execute("CREATE TABLE texts (k int PRIMARY KEY, v text)")
        session.execute("CREATE TABLE rows (k int, c int, v text, PRIMARY KEY (k, c))")
        for scenario in SCENARIOS:
            try:
                scenario(session)
                print("ok", scenario.__name__, flush=True)
            except Exception:
                failed = True
                print("FAILED", scenario.__name__)
                print(traceback.format_exc(), flush=True)
        session.execute("DROP KEYSPACE " + KEYSPACE)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
