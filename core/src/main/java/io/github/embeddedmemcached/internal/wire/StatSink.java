package io.github.embeddedmemcached.internal.wire;

/** Receives statistics and writes them in the format of a protocol: lines in the text protocol, packets in the binary protocol. */
@FunctionalInterface
public interface StatSink {
    void put(String name, String value);

    default void put(String name, long value) {
        put(name, Long.toString(value));
    }
}
