"""Tests the commands of pymemcache's client, with and without noreply."""

import sys

from pymemcache.client.base import Client, PooledClient
from pymemcache.exceptions import MemcacheClientError, MemcacheServerError
from pymemcache.serde import pickle_serde

PORT = int(sys.argv[1])


def equal(actual, expected):
    assert actual == expected, "%r is not %r" % (actual, expected)


def assert_error(error, words, command, *arguments, **options):
    try:
        reply = command(*arguments, **options)
    except error as e:
        assert words in str(e), str(e)
    else:
        raise AssertionError("expected an error, but got %r" % (reply,))


def store(client):
    equal(client.set("key", b"one", noreply=False), True)
    equal(client.add("key", b"two", noreply=False), False)
    equal(client.add("other", b"two", noreply=False), True)
    equal(client.replace("key", b"three", noreply=False), True)
    equal(client.replace("nothing", b"three", noreply=False), False)
    equal(client.append("key", b" four", noreply=False), True)
    equal(client.prepend("key", b"two ", noreply=False), True)
    equal(client.append("nothing", b"x", noreply=False), False)
    equal(client.get("key"), b"two three four")
    equal(client.get("nothing"), None)
    equal(client.get("nothing", default=b"default"), b"default")
    equal(client.set("flagged", b"v", flags=4294967295, noreply=False), True)
    equal(client.get("flagged"), b"v")
    equal(client.set("expired", b"v", expire=-1, noreply=False), True)
    equal(client.get("expired"), None)
    equal(client.set("empty", b"", noreply=False), True)
    equal(client.get("empty"), b"")
    equal(client.set("lines", b"END\r\nSTORED\r\n", noreply=False), True)
    equal(client.get("lines"), b"END\r\nSTORED\r\n")


def store_without_reply(client):
    client.set("quiet", b"b", noreply=True)
    client.append("quiet", b"c", noreply=True)
    client.prepend("quiet", b"a", noreply=True)
    client.add("quiet", b"x", noreply=True)
    equal(client.get("quiet"), b"abc")
    client.replace("quiet", b"10", noreply=True)
    client.incr("quiet", 5, noreply=True)
    client.decr("quiet", 3, noreply=True)
    client.touch("quiet", 1000, noreply=True)
    equal(client.get("quiet"), b"12")
    _, unique = client.gets("quiet")
    client.cas("quiet", b"13", unique, noreply=True)
    equal(client.get("quiet"), b"13")
    client.delete("quiet", noreply=True)
    equal(client.get("quiet"), None)


def compare_and_swap(client):
    client.set("swapped", b"one")
    value, unique = client.gets("swapped")
    equal(value, b"one")
    equal(client.cas("swapped", b"two", unique), True)
    equal(client.cas("swapped", b"three", unique), False)
    equal(client.cas("nothing", b"three", unique), None)
    equal(client.get("swapped"), b"two")
    equal(client.gets("nothing"), (None, None))


def many(client):
    values = {"key-%d" % i: b"value-%d" % i for i in range(5000)}
    equal(client.set_many(values, noreply=False), [])
    equal(client.get_many(values.keys()), values)
    equal(client.get_many([]), {})
    both = client.gets_many(["key-1", "key-2", "nothing"])
    equal(sorted(both), ["key-1", "key-2"])
    equal(both["key-1"][0], b"value-1")
    equal(client.delete_many(["key-1", "key-2"], noreply=False), True)
    equal(client.get_many(["key-1", "key-2", "key-3"]), {"key-3": b"value-3"})
    client.set_many({"quiet-1": b"a", "quiet-2": b"b"})
    client.delete_many(["quiet-1"])
    equal(client.get_many(["quiet-1", "quiet-2"]), {"quiet-2": b"b"})


def count(client):
    client.set("number", b"10")
    equal(client.incr("number", 5), 15)
    equal(client.decr("number", 6), 9)
    equal(client.decr("number", 100), 0)
    equal(client.incr("nothing", 1), None)
    client.set("number", b"18446744073709551615")
    equal(client.incr("number", 1), 0)
    client.set("word", b"twelve")
    assert_error(MemcacheClientError, "non-numeric", client.incr, "word", 1)
    assert_error(MemcacheClientError, "invalid numeric delta", client.incr, "word", -1)


def touch_delete_flush(client):
    client.set("kept", b"v", expire=1000)
    equal(client.touch("kept", 2000, noreply=False), True)
    equal(client.touch("nothing", 2000, noreply=False), False)
    equal(client.delete("kept", noreply=False), True)
    equal(client.delete("kept", noreply=False), False)
    client.set("flushed", b"v")
    equal(client.flush_all(delay=1000, noreply=False), True)
    equal(client.get("flushed"), b"v")
    equal(client.flush_all(noreply=False), True)
    equal(client.get("flushed"), None)
    client.set("flushed", b"v")
    client.flush_all()
    equal(client.get("flushed"), None)


def size_limit(client):
    client.set("large", b"small")
    assert_error(MemcacheServerError, "too large", client.set, "large", b"v" * (2 << 20), noreply=False)
    equal(client.get("large"), None)
    equal(client.set("large", b"v" * 1000000, noreply=False), True)
    equal(client.get("large"), b"v" * 1000000)


def keys(client):
    equal(client.set("k" * 250, b"v", noreply=False), True)
    equal(client.get("k" * 250), b"v")
    lenient = Client(("127.0.0.1", PORT), allow_unicode_keys=True, key_prefix=b"app:")
    equal(lenient.set("ключ", b"v", noreply=False), True)
    equal(lenient.get("ключ"), b"v")
    lenient.close()


def objects():
    client = PooledClient(("127.0.0.1", PORT), serde=pickle_serde, max_pool_size=4)
    thing = {"list": [1, 2.5, None], "text": "grüße"}
    equal(client.set("object", thing, noreply=False), True)
    equal(client.get("object"), thing)
    equal(client.set("integer", 42, noreply=False), True)
    equal(client.get("integer"), 42)
    client.close()


def server(client):
    assert client.version().startswith(b"1.6."), client.version()
    statistics = client.stats()
    assert statistics[b"cmd_set"] > 0, statistics
    assert statistics[b"curr_items"] >= 0, statistics
    equal(client.stats("settings")[b"maxconns"], 1024)
    equal(client.cache_memlimit(128), True)
    equal(client.stats()[b"limit_maxbytes"], 128 << 20)
    client.set("listed", b"v", noreply=False)
    assert client.stats("items")[b"items:1:number"] >= 1
    slabs = client.stats("slabs")
    equal(slabs[b"1:chunk_size"], 96)
    assert slabs[b"active_slabs"] >= 1 and slabs[b"total_malloced"] > 0, slabs
    equal(client.stats("sizes"), {b"sizes_status": b"disabled"})
    assert b"conn_parse_cmd" in client.stats("conns").values()
    client.quit()


client = Client(("127.0.0.1", PORT), connect_timeout=30, timeout=30)
for part in store, store_without_reply, compare_and_swap, many, count, touch_delete_flush, size_limit, keys:
    part(client)
objects()
server(client)
print("all commands executed")
