// Scenarios with the Node.js driver (npm's cassandra-driver), unmodified.
//
//     node scenarios.js HOST PORT
//
// Prints `ok NAME` or `FAILED NAME` and the error for each scenario; exits with 1 if one failed.
'use strict';

const assert = require('assert');
const cassandra = require('cassandra-driver');
const { types } = cassandra;

const [host, port] = [process.argv[2], parseInt(process.argv[3], 10)];
const KEYSPACE = 'nodejs_driver';
const REPLICATION = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
const PREPARE = { prepare: true };
let datacenter;

function connect(options) {
  return new cassandra.Client(
    Object.assign(
      {
        contactPoints: [host],
        protocolOptions: { port },
        localDataCenter: datacenter,
        socketOptions: { readTimeout: 30000, connectTimeout: 20000 },
        refreshSchemaDelay: 10,
      },
      options));
}

async function findDatacenter() {
  const anywhere = new cassandra.policies.loadBalancing.RoundRobinPolicy();
  const client = connect({ policies: { loadBalancing: anywhere }, localDataCenter: undefined });
  await client.connect();
  datacenter = client.hosts.values()[0].datacenter;
  await client.shutdown();
}

async function eventually(condition) {
  const deadline = Date.now() + 10000;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, 'not within 10 s');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const scenarios = {
  async versions() {
    // The driver speaks no version 5.
    for (const version of [3, 4]) {
      const client = connect({ keyspace: KEYSPACE, protocolOptions: { port, maxVersion: version } });
      await client.connect();
      assert.strictEqual(client.controlConnection.protocolVersion, version);
      const large = 'a line that repeats itself, '.repeat(20000);
      await client.execute('INSERT INTO texts (k, v) VALUES (?, ?)', [version, large], PREPARE);
      const result = await client.execute('SELECT v FROM texts WHERE k = ?', [version], PREPARE);
      assert.strictEqual(result.first().v, large);
      await client.shutdown();
    }
  },

  async clusterMetadata(client) {
    const hosts = client.hosts.values();
    assert.strictEqual(hosts.length, 1);
    assert.ok(hosts[0].isUp());
    assert.ok(hosts[0].hostId);
    assert.ok(['dc1', 'datacenter1'].includes(hosts[0].datacenter));
    assert.strictEqual(hosts[0].rack, 'rack1');
    assert.ok(hosts[0].cassandraVersion.startsWith('5.0'));
    assert.strictEqual(hosts[0].tokens.length, 16);
    assert.strictEqual(client.metadata.getReplicas(KEYSPACE, Buffer.from([0, 0, 0, 1]))[0], hosts[0]);
    assert.ok(await client.metadata.checkSchemaAgreement());
  },

  async schemaMetadata(client) {
    await client.execute('CREATE TYPE address (street text, numbers frozen<list<int>>)');
    await client.execute(
      'CREATE TABLE wide (a int, b text, c timeuuid, s text static, m map<text, frozen<set<uuid>>>,' +
      ' u frozen<address>, t tuple<int, text>, PRIMARY KEY ((a, b), c))' +
      " WITH CLUSTERING ORDER BY (c DESC) AND comment = 'wide' AND gc_grace_seconds = 1234");
    const keyspace = client.metadata.keyspaces[KEYSPACE];
    assert.strictEqual(keyspace.strategy, 'org.apache.cassandra.locator.SimpleStrategy');
    const table = await client.metadata.getTable(KEYSPACE, 'wide');
    assert.deepStrictEqual(table.partitionKeys.map((c) => c.name), ['a', 'b']);
    assert.deepStrictEqual(table.clusteringKeys.map((c) => c.name), ['c']);
    assert.deepStrictEqual(table.clusteringOrder, ['DESC']);
    assert.strictEqual(table.columnsByName['m'].type.code, types.dataTypes.map);
    assert.ok(table.columnsByName['s'].isStatic);
    assert.strictEqual(table.columnsByName['u'].type.info.name, 'address');
    assert.strictEqual(table.comment, 'wide');
    assert.strictEqual(table.gcGraceSeconds, 1234);
    const address = await client.metadata.getUdt(KEYSPACE, 'address');
    assert.deepStrictEqual(address.fields.map((f) => f.name), ['street', 'numbers']);
    const settings = await client.metadata.getTable('system_views', 'settings');
    assert.ok(settings.virtual);
  },

  async schemaEvents(client) {
    const listening = connect();
    await listening.connect();
    await client.execute('CREATE TABLE watched (k int PRIMARY KEY)');
    await eventually(async () => (await listening.metadata.getTable(KEYSPACE, 'watched')) !== null);
    await client.execute('ALTER TABLE watched ADD v int');
    await eventually(async () =>
      (await listening.metadata.getTable(KEYSPACE, 'watched')).columnsByName['v'] !== undefined);
    await client.execute('DROP TABLE watched');
    await eventually(async () => (await listening.metadata.getTable(KEYSPACE, 'watched')) === null);
    const type = () => listening.metadata.getUdt(KEYSPACE, 'watched_type');
    await client.execute('CREATE TYPE watched_type (a int)');
    await eventually(async () => (await type()) !== null);
    await client.execute('ALTER TYPE watched_type ADD b text');
    await eventually(async () => (await type()).fields.length === 2);
    await client.execute('DROP TYPE watched_type');
    await eventually(async () => (await type()) === null);
    const keyspace = () => listening.metadata.keyspaces['nodejs_more'];
    await client.execute(`CREATE KEYSPACE nodejs_more WITH replication = ${REPLICATION}`);
    await eventually(() => keyspace() !== undefined);
    await client.execute('ALTER KEYSPACE nodejs_more WITH durable_writes = false');
    await eventually(() => !keyspace().durableWrites);
    await client.execute('DROP KEYSPACE nodejs_more');
    await eventually(() => keyspace() === undefined);
    await listening.shutdown();
  },

  async replicasInDatacentres(client) {
    const host = client.hosts.values()[0];
    await client.execute('DROP KEYSPACE IF EXISTS nodejs_topology');
    await client.execute(
      "CREATE KEYSPACE nodejs_topology WITH replication =" +
      ` {'class': 'NetworkTopologyStrategy', '${host.datacenter}': 1}`);
    await eventually(() => client.metadata.keyspaces['nodejs_topology'] !== undefined);
    const keyspace = client.metadata.keyspaces['nodejs_topology'];
    assert.strictEqual(keyspace.strategy, 'org.apache.cassandra.locator.NetworkTopologyStrategy');
    assert.deepStrictEqual(keyspace.strategyOptions, { [host.datacenter]: '1' });
    const replicas = client.metadata.getReplicas('nodejs_topology', Buffer.from([0, 0, 0, 1]));
    assert.deepStrictEqual(replicas.map((replica) => replica.address), [host.address]);
    await client.execute('DROP KEYSPACE nodejs_topology');
  },

  async everyType(client) {
    // The driver cannot write an empty collection within another, and reads an empty one as null.
    const values = {
      ascii: ['', 'plain'],
      bigint: [types.Long.MIN_VALUE, types.Long.MAX_VALUE],
      blob: [Buffer.alloc(0), Buffer.from([0, 255]), Buffer.alloc(70000)],
      boolean: [true, false],
      date: [new types.LocalDate(2024, 2, 29), new types.LocalDate(-1)],
      decimal: [types.BigDecimal.fromString('-1.50'), types.BigDecimal.fromString('0')],
      double: [0, -1.5, Number.MAX_VALUE, Number.MIN_VALUE, Infinity],
      duration: [types.Duration.fromString('1mo2d3ns'), types.Duration.fromString('-1mo2d3ns')],
      float: [0, -1.5],
      inet: [types.InetAddress.fromString('127.0.0.1'), types.InetAddress.fromString('2001:db8::1')],
      int: [-2147483648, 2147483647],
      smallint: [-32768, 32767],
      text: ['', 'Ἴλιον', '🐎'.repeat(1000)],
      time: [types.LocalTime.fromString('23:59:59.999999999')],
      timestamp: [new Date(0), new Date(-1)],
      timeuuid: [types.TimeUuid.now()],
      tinyint: [-128, 127],
      uuid: [types.Uuid.random()],
      varint: [types.Integer.fromString('-' + '9'.repeat(100)), types.Integer.fromNumber(128)],
      'frozen<list<int>>': [[0], [1, 2, 1]],
      'set<text>': [['a', 'b']],
      'map<text, int>': [{ a: 1, b: -1 }],
      'map<text, frozen<list<frozen<set<int>>>>>': [{ a: [[1, 2], [3]] }],
      'tuple<int, text>': [new types.Tuple(1, 'one'), new types.Tuple(null, 'none')],
      'vector<float, 3>': [new cassandra.types.Vector([1, -2.5, 0], 'float')],
      'vector<text, 2>': [new cassandra.types.Vector(['', 'Ἴλιον'], 'text')],
      'frozen<pair>': [{ x: 1, y: ['a'] }],
    };
    await client.execute('CREATE TYPE pair (x int, y frozen<list<text>>)');
    let number = 0;
    for (const [type, samples] of Object.entries(values)) {
      const table = 'type_' + number++;
      await client.execute(`CREATE TABLE ${table} (k int PRIMARY KEY, v ${type})`);
      const insert = `INSERT INTO ${table} (k, v) VALUES (?, ?)`;
      const select = `SELECT v FROM ${table} WHERE k = ?`;
      for (let k = 0; k < samples.length; k++) {
        await client.execute(insert, [k, samples[k]], PREPARE);
        const row = (await client.execute(select, [k], PREPARE)).first();
        const plain = (value) => (value instanceof types.Tuple ? value.values() : value);
        if (row.v && typeof row.v.equals === 'function') {
          assert.ok(row.v.equals(samples[k]), `${type}: ${row.v} is not ${samples[k]}`);
        } else {
          assert.deepEqual(plain(row.v), plain(samples[k]), type);
        }
      }
      await client.execute(insert, [-1, null], PREPARE);
      assert.strictEqual((await client.execute(select, [-1], PREPARE)).first().v, null);
    }
  },

  async namedValuesAndUnset(client) {
    const insert = 'INSERT INTO rows (k, c, v) VALUES (:key, :clustering, :value)';
    await client.execute(insert, { key: 5, clustering: 1, value: 'named' }, PREPARE);
    await client.execute(insert, { key: 5, clustering: 1, value: types.unset }, PREPARE);
    const result = await client.execute('SELECT v FROM rows WHERE k = ? AND c = ?', [5, 1], { hints: ['int', 'int'] });
    assert.strictEqual(result.first().v, 'named');
  },

  async batches(client) {
    const insert = 'INSERT INTO rows (k, c, v) VALUES (?, ?, ?)';
    const queries = [1, 2].map((c) => ({ query: insert, params: [6, c, 'v' + c] }));
    await client.batch(queries, PREPARE);
    await client.batch(queries.map((q) => ({ query: q.query, params: [7, q.params[1], 'u'] })), {
      prepare: true,
      logged: false,
    });
    const rows = (await client.execute('SELECT v FROM rows WHERE k IN (6, 7)')).rows;
    assert.deepStrictEqual(rows.map((r) => r.v), ['v1', 'v2', 'u', 'u']);
    await client.execute('CREATE TABLE counts (k text PRIMARY KEY, n counter)');
    const add = { query: 'UPDATE counts SET n = n + ? WHERE k = ?', params: [3, 'a'] };
    await client.batch([add, add], { prepare: true, counter: true });
    const count = (await client.execute("SELECT n FROM counts WHERE k = 'a'")).first().n;
    assert.strictEqual(count.toNumber(), 6);
  },

  async paging(client) {
    const insert = 'INSERT INTO rows (k, c, v) VALUES (1, ?, ?)';
    const parameters = Array.from({ length: 1000 }, (_, c) => [c, 'row ' + c]);
    await cassandra.concurrent.executeConcurrent(client, insert, parameters, { concurrencyLevel: 256 });
    const select = 'SELECT c FROM rows WHERE k = 1';
    const first = await client.execute(select, [], { prepare: true, fetchSize: 300 });
    assert.strictEqual(first.rows.length, 300);
    const second = await client.execute(select, [], {
      prepare: true,
      fetchSize: 300,
      pageState: first.pageState,
    });
    assert.strictEqual(second.rows[0].c, 300);
    let expected = 0;
    for await (const row of await client.execute(select, [], { prepare: true, fetchSize: 7 })) {
      assert.strictEqual(row.c, expected++);
    }
    assert.strictEqual(expected, 1000);
  },

  async conditions(client) {
    const insert = "INSERT INTO rows (k, c, v) VALUES (30, 1, 'first') IF NOT EXISTS";
    assert.ok((await client.execute(insert)).wasApplied());
    const refused = await client.execute(insert);
    assert.ok(!refused.wasApplied());
    assert.strictEqual(refused.first().v, 'first');
  },

  async tracingAndWarnings(client) {
    const result = await client.execute('SELECT count(*) FROM rows', [], { traceQuery: true });
    assert.deepStrictEqual(result.info.warnings, ['Aggregation query used without partition key']);
    const trace = await client.metadata.getTrace(result.info.traceId);
    assert.strictEqual(trace.requestType, 'Execute CQL3 query');
    assert.ok(trace.events.length > 0);
  },

  async preparedAgain(client) {
    await client.execute('CREATE TABLE again (k int PRIMARY KEY)');
    await client.execute('INSERT INTO again (k) VALUES (?)', [1], PREPARE);
    await client.execute('DROP TABLE again');
    await client.execute('CREATE TABLE again (k int PRIMARY KEY)');
    await client.execute('INSERT INTO again (k) VALUES (?)', [2], PREPARE);
    assert.strictEqual((await client.execute('SELECT k FROM again')).first().k, 2);
  },

  async errors(client) {
    const codes = types.responseErrorCodes;
    const fails = (query, code, message, params) =>
      assert.rejects(client.execute(query, params), (error) => {
        assert.strictEqual(error.code, code);
        assert.match(error.message, message);
        return true;
      });
    await fails('SELEC', codes.syntaxError, /line 1:0/);
    await fails('SELECT * FROM absent', codes.invalid, /^table absent does not exist$/);
    await assert.rejects(client.execute('CREATE TABLE rows (k int PRIMARY KEY)'), (error) => {
      assert.match(error.message, /already exist(s|ing)/);
      const { code, keyspace, table } = error;
      assert.deepStrictEqual([code, keyspace, table], [codes.alreadyExists, KEYSPACE, 'rows']);
      return true;
    });
    await fails('INSERT INTO rows (k, c) VALUES (?, ?)', codes.invalid, /Invalid amount of bind variables/, ['1']);
    await assert.rejects(
      client.execute('SELECT * FROM rows WHERE k = 1', [], { consistency: types.consistencies.three }),
      (error) => {
        const cause = error.innerErrors ? Object.values(error.innerErrors)[0] : error;
        assert.strictEqual(cause.code, codes.unavailableException);
        const { consistencies, required, alive } = cause;
        assert.deepStrictEqual([consistencies, required, alive], [types.consistencies.three, 3, 1]);
        return true;
      });
  },
};

async function main() {
  let failed = false;
  await findDatacenter();
  const client = connect();
  await client.connect();
  await client.execute(`DROP KEYSPACE IF EXISTS ${KEYSPACE}`);
  await client.execute(`CREATE KEYSPACE ${KEYSPACE} WITH replication = ${REPLICATION}`);
  await client.execute(`USE ${KEYSPACE}`);
  await client.execute('CREATE TABLE texts (k int PRIMARY KEY, v text)');
  await client.execute('CREATE TABLE rows (k int, c int, v text, PRIMARY KEY (k, c))');
  for (const [name, scenario] of Object.entries(scenarios)) {
    try {
      await scenario(client);
      console.log('ok ' + name);
    } catch (error) {
      failed = true;
      console.log('FAILED ' + name + '\n' + (error.stack || error));
    }
  }
  await client.execute(`DROP KEYSPACE ${KEYSPACE}`);
  await client.shutdown();
  process.exitCode = failed ? 1 : 0;
}

main().catch((error) => {
  console.log('FAILED connecting\n' + (error.stack || error));
  process.exitCode = 1;
});
