#!/usr/bin/python3
"""The README's first example: Debian's package index in a wide-column database.

    packages.py [HOST [PORT [LIMIT]]]

Loads the packages that apt knows (63,000 on Debian 12; LIMIT takes only so many) through the
unmodified Python driver (Debian: python3-cassandra), then asks the questions that the tables were
drawn for. Works the same against Apache Cassandra.
"""

import collections
import subprocess
import sys
import time

from cassandra.cluster import Cluster
from cassandra.concurrent import execute_concurrent
from cassandra.query import UNSET_VALUE

SCHEMA = """
CREATE KEYSPACE IF NOT EXISTS debian WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
CREATE TYPE IF NOT EXISTS debian.person (name text, email text);
CREATE TABLE IF NOT EXISTS debian.packages (
  name text, version text, section text, maintainer frozen<person>, description text, homepage text,
  depends list<text>, tags set<text>, checksums map<text, text>, size_bytes bigint,
  PRIMARY KEY (name, version)) WITH CLUSTERING ORDER BY (version DESC);
CREATE TABLE IF NOT EXISTS debian.packages_by_section (
  section text, size_bytes bigint, name text, version text,
  PRIMARY KEY (section, size_bytes, name, version))
  WITH CLUSTERING ORDER BY (size_bytes DESC, name ASC, version ASC);
CREATE TABLE IF NOT EXISTS debian.dependents (needed text, name text, PRIMARY KEY (needed, name));
CREATE TABLE IF NOT EXISTS debian.totals (section text PRIMARY KEY, packages counter, bytes counter);
"""


Person = collections.namedtuple("Person", "name email")  # the values of the type debian.person


def stanzas():
    """The paragraphs of apt's package indexes, each a dict of its fields."""
    names = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(FILENAME)", "Created-By: Packages"],
        check=True, capture_output=True, text=True).stdout.split()
    if not names:
        sys.exit("apt has no package index; 'apt-get update' fetches it")
    for name in names:
        text = subprocess.run(["/usr/lib/apt/apt-helper", "cat-file", name],
                              check=True, capture_output=True).stdout.decode("utf-8")
        for paragraph in text.split("\n\n"):
            fields, last = {}, None
            for line in paragraph.splitlines():
                if line[0] in " \t":
                    fields[last] += " " + line.strip()
                else:
                    last, _, value = line.partition(":")
                    fields[last] = value.strip()
            if "Package" in fields:
                yield fields


def items(field):
    return [item.strip() for item in field.split(",") if item.strip()]


def writes(session, limit):
    """The statements that store each package, with their values: what is missing stays unset."""
    package = session.prepare(
        "INSERT INTO debian.packages (name, version, section, maintainer, description, homepage,"
        " depends, tags, checksums, size_bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    by_section = session.prepare(
        "INSERT INTO debian.packages_by_section (section, size_bytes, name, version) VALUES (?, ?, ?, ?)")
    dependent = session.prepare("INSERT INTO debian.dependents (needed, name) VALUES (?, ?)")
    total = session.prepare(
        "UPDATE debian.totals SET packages = packages + 1, bytes = bytes + ? WHERE section = ?")
    for number, p in enumerate(stanzas()):
        if number == limit:
            return
        name, version, section, size = p["Package"], p["Version"], p["Section"], int(p["Size"])
        who, _, email = p["Maintainer"].rstrip(">").partition(" <")
        depends = items(p.get("Depends", ""))
        yield package, (
            name, version, section, Person(who, email), p["Description"],
            p.get("Homepage", UNSET_VALUE), depends or UNSET_VALUE,
            set(items(p.get("Tag", ""))) or UNSET_VALUE,
            {kind: p[kind] for kind in ("MD5sum", "SHA256") if kind in p}, size)
        yield by_section, (section, size, name, version)
        for needed in {d.split()[0].split(":")[0] for d in depends}:
            yield dependent, (needed, name)
        yield total, (size, section)


def main(host="127.0.0.1", port="9042", limit="-1"):
    cluster = Cluster([host], port=int(port))
    session = cluster.connect()
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            session.execute(statement)
    session.execute("TRUNCATE debian.totals")
    cluster.register_user_type("debian", "person", Person)

    begin, done = time.monotonic(), 0
    for ok, result in execute_concurrent(
            session, writes(session, int(limit)), concurrency=256, results_generator=True):
        done += 1
        if done % 20_000 == 0 and sys.stderr.isatty():
            print(f"\r{done:,} writes", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    print(f"{done:,} writes in {time.monotonic() - begin:.0f} s\n")

    questions = (
        "SELECT name, version, section, maintainer FROM debian.packages WHERE name = 'bash'",
        "SELECT name, size_bytes FROM debian.packages_by_section WHERE section = 'games' LIMIT 3",
        "SELECT count(*) FROM debian.dependents WHERE needed = 'libc6'",
        "SELECT packages, bytes FROM debian.totals WHERE section = 'games'",
    )
    for question in questions:
        print(question)
        for row in session.execute(question):
            print("  ", ", ".join(f"{name} = {value}" for name, value in row._asdict().items()))
    cluster.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
