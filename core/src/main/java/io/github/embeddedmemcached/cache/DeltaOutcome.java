package io.github.embeddedmemcached.cache;

/**
 * What came of an increment or decrement, with the number.
 *
 * @param result whether there is a new number
 * @param number the new number, unsigned, if the result is STORED
 */
public record DeltaOutcome(DeltaResult result, long number) {}
