/**
 * Random conversations, held with this server and with a real memcached, and their answers compared byte for byte.
 *
 * <p>The way of one {@link io.github.embeddedmemcached.differential.Conversation}: {@code LocalServer} holds it first, request by
 * request, and tells what each was answered. {@code OlderMemcached} says what the installed memcached, which is older than the one
 * whose behaviour is ours, is to be asked and to answer instead. {@code Comparison} asks it, and then this server again, in other
 * pieces and over a socket. What differs, {@code Shrinker} makes as short as it can.
 */
@NullMarked
package io.github.embeddedmemcached.differential;

import org.jspecify.annotations.NullMarked;
