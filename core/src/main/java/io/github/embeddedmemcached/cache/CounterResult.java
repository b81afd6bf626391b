package io.github.embeddedmemcached.cache;

/**
 * The result of an increment or decrement.
 *
 * @param status whether there is a new number
 * @param number the new number, unsigned; meaningful only if the status is STORED
 */
public record CounterResult(CounterStatus status, long number) {}
