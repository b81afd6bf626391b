/**
 * Sends random requests to this server and to a real memcached, and compares the replies byte for byte.
 *
 * <p>A {@link io.github.embeddedmemcached.differential.Conversation} is first sent to {@code LocalServer}, request by request, which records
 * the replies. {@code OlderMemcached} translates the exchanges for the installed memcached, which is older than the version that this server
 * implements. {@code Comparison} sends the translated requests to it, and the original ones again to this server, in other pieces and over
 * a socket. If the replies differ, {@code Shrinker} shortens the conversation.
 */
@NullMarked
package io.github.embeddedmemcached.differential;

import org.jspecify.annotations.NullMarked;
