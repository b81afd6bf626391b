package io.github.embeddedmemcached.testing;

import io.github.embeddedmemcached.protocol.Disturbance;
import io.github.embeddedmemcached.protocol.Verdict;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/**
 * When something goes wrong, and what. {@link Faults} makes them. Thread-safe.
 *
 * <p>A rule counts what matches it: each such occurrence is skipped, or is a hit, or comes too late because the rule is used up.
 */
public final class FaultRule {
    static final long ALWAYS = Long.MAX_VALUE;

    private final Faults faults;
    private final String trigger;
    private final long skipped;
    private final long hitsMax;
    private final String fault;
    private final Verdict verdict;
    private final AtomicLong occurrences = new AtomicLong();

    FaultRule(Faults faults, String trigger, long skipped, long hitsMax, String fault, Verdict verdict) {
        this.faults = faults;
        this.trigger = trigger;
        this.skipped = skipped;
        this.hitsMax = hitsMax;
        this.fault = fault;
        this.verdict = verdict;
    }

    /** A rule in the making: for which occurrences, and at last {@link #inject} what. By default it is for all of them. */
    public static final class Builder {
        /** Where a finished rule goes. */
        @FunctionalInterface
        interface Target {
            FaultRule add(long skipped, long hitsMax, Fault fault);
        }

        private final Target target;
        private long skipped;
        private long hitsMax = ALWAYS;

        Builder(Target target) {
            this.target = target;
        }

        /**
         * Lets some pass before the first hit.
         *
         * @param occurrences how many, 0 or more
         * @return this
         */
        public Builder skip(int occurrences) {
            check(occurrences, 0);
            skipped = occurrences;
            return this;
        }

        /**
         * Limits the number of hits; the rule is used up then.
         *
         * @param hits how many, 1 or more
         * @return this
         */
        public Builder times(int hits) {
            check(hits, 1);
            hitsMax = hits;
            return this;
        }

        /**
         * Limits the number of hits to one.
         *
         * @return this
         */
        public Builder once() {
            return times(1);
        }

        /**
         * Hits one occurrence only: skips those before, and is used up then.
         *
         * @param occurrence which, the first being 1
         * @return this
         */
        public Builder nth(int occurrence) {
            check(occurrence, 1);
            return skip(occurrence - 1).once();
        }

        /**
         * Makes the rule, which holds from now on.
         *
         * @param fault what goes wrong
         * @return the rule, to be asked and removed by
         * @throws IllegalArgumentException if such a fault can't befall a connection that has just been made, and the rule is for those
         * @throws IllegalStateException if the server has been closed
         */
        public FaultRule inject(Fault fault) {
            return target.add(skipped, hitsMax, Objects.requireNonNull(fault, "fault"));
        }

        private static void check(int number, int min) {
            if (number < min) {
                throw new IllegalArgumentException("must be at least " + min + ", and is " + number);
            }
        }
    }

    /**
     * Ends the rule, and what it is still doing: held answers are let go, connections that it stalled are closed. Idempotent.
     */
    public void remove() {
        faults.remove(this);
    }

    /**
     * Returns how often something went wrong by this rule.
     *
     * @return the number of hits, also when the rule is used up or removed; 0 of one that refuses connections, which never arrive
     */
    public long hits() {
        return Math.min(Math.max(0, occurrences.get() - skipped), hitsMax);
    }

    /** Tells whether it is never going to hit again. */
    boolean isUsedUp() {
        return hits() == hitsMax;
    }

    /** Counts an occurrence; true: it is a hit. */
    boolean occurs() {
        long occurrence = occurrences.incrementAndGet();
        return occurrence > skipped && occurrence - skipped <= hitsMax;
    }

    Verdict verdict() {
        return verdict;
    }

    @SuppressWarnings("ReferenceEquality") // another rule's may be equal
    boolean causes(Disturbance disturbance) {
        return disturbance == verdict.disturbance();
    }

    /**
     * Describes the rule.
     *
     * @return in words, such as {@code on get with key k, once after 2: delay of PT0.3S [1 hit]}
     */
    @Override
    public String toString() {
        long hits = hits();
        return trigger + occasions() + ": " + fault + " [" + hits + (hits == 1 ? " hit]" : " hits]");
    }

    private String occasions() {
        String limit = hitsMax == ALWAYS ? "" : hitsMax == 1 ? ", once" : ", " + hitsMax + " times";
        return skipped == 0 ? limit : limit + (limit.isEmpty() ? ", after " : " after ") + skipped;
    }
}
