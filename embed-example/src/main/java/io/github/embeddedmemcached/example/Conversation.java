package io.github.embeddedmemcached.example;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.embeddedmemcached.EmbeddedMemcached;
import java.time.Duration;
import java.time.Instant;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.Logger;
import net.spy.memcached.CASValue;
import net.spy.memcached.MemcachedClient;
import net.spy.memcached.internal.OperationFuture;
import org.jspecify.annotations.Nullable;

/** Starts a memcached inside this JVM, talks to it with an ordinary client, and prints what was said. */
public final class Conversation {
    /** Held here, as a logger that nobody holds forgets its level. */
    private static final Logger CLIENT_LOG = Logger.getLogger("net.spy.memcached");

    private Conversation() {}

    /**
     * Has the conversation.
     *
     * @param arguments none
     * @throws Exception if it goes wrong
     */
    public static void main(String[] arguments) throws Exception {
        System.setProperty("net.spy.log.LoggerImpl", "net.spy.memcached.compat.log.SunLogger");
        CLIENT_LOG.setLevel(Level.WARNING);

        var now = new AtomicReference<>(Instant.parse("2030-01-01T12:00:00Z"));
        try (var memcached = EmbeddedMemcached.builder().clock(now::get).start()) {
            var client = new MemcachedClient(memcached.address());
            System.out.println("A memcached is running in this JVM, at " + memcached.host() + ":" + memcached.port());
            storeAndFetch(client);
            compareAndSwap(client);
            count(client);
            expire(client, now);
            lookInside(client, memcached);
            client.shutdown();
        }
        System.out.println();
        System.out.println("The memcached is closed, its port is free again.");
    }

    private static void storeAndFetch(MemcachedClient client) {
        topic("Storing and fetching");
        say("set greeting hello", client.set("greeting", 0, "hello"));
        say("get greeting", client.get("greeting"));
        say("add greeting hullo", client.add("greeting", 0, "hullo"));
        say("replace greeting goodbye", client.replace("greeting", 0, "goodbye"));
        say("set name world", client.set("name", 0, "world"));
        say("get greeting name nothing", new TreeMap<>(client.getBulk("greeting", "name", "nothing")));
    }

    private static void compareAndSwap(MemcachedClient client) {
        topic("Two writers, one item");
        CASValue<Object> seen = client.gets("name");
        say("set name everybody", client.set("name", 0, "everybody"));
        say("cas name somebody", client.cas("name", seen.getCas(), "somebody"));
        say("get name", client.get("name"));
    }

    private static void count(MemcachedClient client) {
        topic("Counting");
        say("set visits 41", client.set("visits", 0, "41"));
        say("incr visits 1", client.incr("visits", 1));
    }

    private static void expire(MemcachedClient client, AtomicReference<Instant> now) {
        topic("An hour passes while you read this line");
        say("set session 3600", client.set("session", 3600, "logged in"));
        say("get session", client.get("session"));
        now.updateAndGet(instant -> instant.plus(Duration.ofHours(1)));
        say("get session", client.get("session"));
    }

    private static void lookInside(MemcachedClient client, EmbeddedMemcached memcached) {
        topic("The same items without a socket");
        say("cache().set(\"motto\", ...)", memcached.cache().set("motto", "small is beautiful".getBytes(UTF_8)));
        say("get motto", client.get("motto"));
        byte[] greeting = memcached.cache().get("greeting");
        say("cache().get(\"greeting\")", greeting == null ? null : new String(greeting, UTF_8));
        for (var statistics : client.getStats().values()) {
            say("stats", "curr_items " + statistics.get("curr_items") + ", get_hits " + statistics.get("get_hits"));
        }
    }

    private static void topic(String title) {
        System.out.println();
        System.out.println(title);
    }

    private static void say(String request, OperationFuture<?> answer) {
        say(request, answer.getStatus().getMessage());
    }

    private static void say(String request, @Nullable Object answer) {
        System.out.printf("  %-28s %s%n", request, answer);
    }
}
