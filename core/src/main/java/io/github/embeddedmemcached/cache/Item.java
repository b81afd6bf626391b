package io.github.embeddedmemcached.cache;

/**
 * What the cache holds under a key, copied out of it: later changes to the cache don't show here.
 *
 * @param value the value, the caller's own copy
 * @param flags the client flags, 32 bits
 * @param casUnique the CAS unique, for {@link Cache#cas}
 */
public record Item(byte[] value, int flags, long casUnique) {}
