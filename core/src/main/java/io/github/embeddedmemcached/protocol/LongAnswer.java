package io.github.embeddedmemcached.protocol;

/** An answer that is too long, or takes too long to find, to be given at once: it goes on whenever there is room for more of it. */
@FunctionalInterface
interface LongAnswer {
    /** So many items may be looked at before the other connections have their turn. */
    int ITEMS_PER_TURN_MAX = 10_000;

    /**
     * Goes on until the output is full or the turn is over.
     *
     * @return whether the answer is complete
     */
    boolean proceed(ReplyBuffer output);
}
