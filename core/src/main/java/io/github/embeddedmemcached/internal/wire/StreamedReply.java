package io.github.embeddedmemcached.internal.wire;

/** A reply that is too long, or takes too long to collect, to be written at once: it is continued whenever the output has space. */
@FunctionalInterface
public interface StreamedReply {
    /** The maximum number of items to examine before the other connections have their turn. */
    int ITEMS_PER_TURN_MAX = 10_000;

    /**
     * Continues until the output is full or the turn is over.
     *
     * @return whether the reply is complete
     */
    boolean proceed(ReplyBuffer output);
}
