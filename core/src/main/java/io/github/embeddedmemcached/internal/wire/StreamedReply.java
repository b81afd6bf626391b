package io.github.embeddedmemcached.internal.wire;

/** A reply that is too long, or takes too long to compute, to be written in one turn. It is continued when the output has space. */
@FunctionalInterface
public interface StreamedReply {
    /** The maximum number of items to examine in one turn. */
    int ITEMS_PER_TURN_MAX = 10_000;

    /**
     * Continues until the output is full or the turn is over.
     *
     * @return whether the reply is complete
     */
    boolean proceed(ReplyBuffer output);
}
