package io.github.embeddedmemcached.example;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.embeddedmemcached.EmbeddedMemcached;
import java.time.Duration;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import net.spy.memcached.CASValue;
import net.spy.memcached.MemcachedClient;
import net.spy.memcached.internal.OperationFuture;
import org.jspecify.annotations.Nullable;

/** Starts a memcached server inside this JVM, sends commands with spymemcached, and prints the commands and their results. */
public final class Demo {
    /** A strong reference, because a logger loses its level when it is garbage-collected. */
    private static final Logger CLIENT_LOG = Logger.getLogger("net.spy.memcached");

    private Demo() {}

    /**
     * Runs the demo.
     *
     * @param arguments none
     * @throws Exception if a command fails
     */
    public static void main(String[] arguments) throws Exception {
        System.setProperty("net.spy.log.LoggerImpl", "net.spy.memcached.compat.log.SunLogger");
        CLIENT_LOG.setLevel(Level.WARNING);

        try (var memcached = EmbeddedMemcached.start()) {
            var client = new MemcachedClient(memcached.address());
            System.out.println("A memcached server is running in this JVM, at " + memcached.connectionString());
            setAndGet(client);
            compareAndSwap(client);
            count(client);
            expire(client, memcached);
            useCache(client, memcached);
            client.shutdown();
        }
        System.out.println();
        System.out.println("The server is closed, and its port is free again.");
    }

    private static void setAndGet(MemcachedClient client) {
        printTitle("Set and get");
        print("set greeting hello", client.set("greeting", 0, "hello"));
        print("get greeting", client.get("greeting"));
        print("add greeting hullo", client.add("greeting", 0, "hullo"));
        print("replace greeting goodbye", client.replace("greeting", 0, "goodbye"));
        print("set name world", client.set("name", 0, "world"));
        print("get greeting name nothing", new TreeMap<>(client.getBulk("greeting", "name", "nothing")));
    }

    private static void compareAndSwap(MemcachedClient client) {
        printTitle("Compare and swap");
        CASValue<Object> item = client.gets("name");
        print("set name moon", client.set("name", 0, "moon"));
        print("cas name mars", client.cas("name", item.getCas(), "mars"));
        print("get name", client.get("name"));
    }

    private static void count(MemcachedClient client) {
        printTitle("Counters");
        print("set visits 41", client.set("visits", 0, "41"));
        print("incr visits 1", client.incr("visits", 1));
    }

    private static void expire(MemcachedClient client, EmbeddedMemcached memcached) {
        printTitle("Expiry, with the clock advanced by an hour");
        print("set session 3600", client.set("session", 3600, "logged in"));
        print("get session", client.get("session"));
        memcached.clock().advance(Duration.ofHours(1));
        print("get session", client.get("session"));
    }

    private static void useCache(MemcachedClient client, EmbeddedMemcached memcached) {
        printTitle("The same items without a socket");
        print("cache().set(\"motto\", ...)", memcached.cache().set("motto", "small is beautiful".getBytes(UTF_8)));
        print("get motto", client.get("motto"));
        byte[] greeting = memcached.cache().get("greeting");
        print("cache().get(\"greeting\")", greeting == null ? null : new String(greeting, UTF_8));
        for (var statistics : client.getStats().values()) {
            print("stats", "curr_items " + statistics.get("curr_items") + ", get_hits " + statistics.get("get_hits"));
        }
    }

    private static void printTitle(String title) {
        System.out.println();
        System.out.println(title);
    }

    private static void print(String command, OperationFuture<?> future) {
        print(command, future.getStatus().getMessage());
    }

    private static void print(String command, @Nullable Object result) {
        System.out.printf("  %-28s %s%n", command, result);
    }
}
