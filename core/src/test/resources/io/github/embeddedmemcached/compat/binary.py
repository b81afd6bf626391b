"""Tests the commands of python-binary-memcached; with a user name and a password, tests authentication instead."""

import sys

import bmemcached
from bmemcached.exceptions import InvalidCredentials, MemcachedException

PORT = int(sys.argv[1])
CREDENTIALS = sys.argv[2:4]


def equal(actual, expected):
    assert actual == expected, "%r is not %r" % (actual, expected)


def client(*credentials):
    return bmemcached.Client(("127.0.0.1:%d" % PORT,), *credentials)


def store(c):
    equal(c.set("key", b"one"), True)
    equal(c.add("key", b"two"), False)
    equal(c.add("other", b"two"), True)
    equal(c.replace("key", b"three"), True)
    equal(c.replace("nothing", b"three"), False)
    equal(c.get("key"), b"three")
    equal(c.get("nothing"), None)
    equal(c.get("nothing", "default"), "default")
    equal(c.set("empty", b""), True)
    equal(c.get("empty"), b"")
    equal(c.delete("other"), True)
    equal(c.get("other"), None)
    for value in ("text", 42, 2**40, {"a": [1, 2.5, None]}, b"\x00\r\n\xff", "all work and no play " * 5000):
        equal(c.set("object", value, compress_level=6), True)
        equal(c.get("object"), value)


def compare_and_swap(c):
    c.set("key", b"one")
    value, unique = c.gets("key")
    equal(value, b"one")
    equal(c.cas("key", b"two", unique), True)
    equal(c.cas("key", b"three", unique), False)
    equal(c.get("key", get_cas=True)[0], b"two")
    equal(c.cas("absent", b"x", unique), False)
    equal(c.delete("key", unique), False)
    equal(c.delete("key", c.gets("key")[1]), True)


def many(c):
    stored = {"key-%d" % i: "value-%d" % i for i in range(500)}
    equal(c.set_multi(stored, time=100), [])
    equal(c.get_multi(list(stored) + ["nothing"]), stored)
    equal(c.delete_multi(list(stored)), True)
    equal(c.get_multi(list(stored)), {})


def count(c):
    equal(c.incr("number", 5, default=10), 10)
    equal(c.incr("number", 5, default=10), 15)
    equal(c.decr("number", 6), 9)
    equal(c.decr("number", 60), 0)


def serve(c):
    statistics = c.stats()["127.0.0.1:%d" % PORT]
    equal(statistics["version"][:4], b"1.6." if isinstance(statistics["version"], bytes) else "1.6.")
    assert int(statistics["cmd_get"]) > 0
    assert c.stats("settings")["127.0.0.1:%d" % PORT]
    equal(c.flush_all(), True)
    equal(c.get("number"), None)


def authenticate(name, password):
    c = client(name, password)
    equal(c.set("secret", b"kept"), True)
    equal(c.get("secret"), b"kept")
    c.disconnect_all()
    wrong = client(name, password + "!")
    try:
        value = wrong.get("secret")
    except (InvalidCredentials, MemcachedException):
        value = None
    equal(value, None)


if CREDENTIALS:
    authenticate(*CREDENTIALS)
    print("authenticated")
else:
    for commands in (store, compare_and_swap, many, count, serve):
        commands(client())
    print("all commands executed")
