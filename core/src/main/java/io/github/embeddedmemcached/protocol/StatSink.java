package io.github.embeddedmemcached.protocol;

/** Takes statistics one by one and writes them as a protocol has it: lines in the text protocol, packets in the binary one. */
@FunctionalInterface
interface StatSink {
    void put(String name, String value);

    default void put(String name, long value) {
        put(name, Long.toString(value));
    }
}
