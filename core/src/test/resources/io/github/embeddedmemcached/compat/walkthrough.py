import sys

from pymemcache.client import base

client = base.Client(("localhost", int(sys.argv[1])))

client.set("some_key", "some value")
print(client.get("some_key"))

client.set("some_key", "some value", expire=100)
print(client.get("some_key"))

print(client.set("some_key", "another value", noreply=False))
print(client.get("some_key"))

client.close()
