package io.github.embeddedmemcached.testing;

import io.github.embeddedmemcached.internal.intercept.InterceptResult;
import io.github.embeddedmemcached.internal.intercept.ResponseFault;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;

/**
 * A rule that injects a {@link Fault} into selected commands or connections. Created by {@link Faults}. Thread-safe.
 *
 * <p>A rule counts its matches. A match is skipped, or triggers the fault, or is ignored because the rule is exhausted, that is, has
 * triggered as often as {@link Builder#times} permits.
 */
public final class FaultRule {
    private static final long ALWAYS = Long.MAX_VALUE;

    private final Faults faults;
    private final String trigger;
    private final long skipped;
    private final long timesMax;
    private final String fault;
    private final InterceptResult result;
    private final AtomicLong matches = new AtomicLong();

    FaultRule(Faults faults, String trigger, Builder limits, Fault fault) {
        this(faults, trigger, limits.skipped, limits.timesMax, fault.toString(), fault.newResult());
    }

    private FaultRule(
            Faults faults, String trigger, long skipped, long timesMax, String fault, InterceptResult result) {
        this.faults = faults;
        this.trigger = trigger;
        this.skipped = skipped;
        this.timesMax = timesMax;
        this.fault = fault;
        this.result = result;
    }

    /** Returns a rule that refuses connections. */
    static FaultRule refusal(Faults faults) {
        return new FaultRule(faults, "connections", 0, ALWAYS, "refused", InterceptResult.PROCEED);
    }

    /**
     * Builds a rule: sets which matches trigger it, by default all, and finally creates it with {@link #inject}. Not thread-safe.
     *
     * <pre>{@code
     * faults.on(command("set")).skip(2).times(3).inject(Fault.busy()); // the third, fourth and fifth set
     * }</pre>
     */
    public static final class Builder {
        private final BiFunction<Builder, Fault, FaultRule> target;
        private long skipped;
        private long timesMax = ALWAYS;

        /** Creates a builder for a target, which creates and adds the rule. */
        Builder(BiFunction<Builder, Fault, FaultRule> target) {
            this.target = target;
        }

        /**
         * Sets how many matches are skipped before the rule triggers for the first time.
         *
         * @param matches 0 or more
         * @return this
         * @throws IllegalArgumentException if it is negative
         */
        public Builder skip(int matches) {
            check("the number of skipped matches", matches, 0);
            skipped = matches;
            return this;
        }

        /**
         * Limits how often the rule triggers.
         *
         * @param times 1 or more
         * @return this
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder times(int times) {
            check("the number of times", times, 1);
            timesMax = times;
            return this;
        }

        /**
         * Triggers the rule only once. Equivalent to {@code times(1)}.
         *
         * @return this
         */
        public Builder once() {
            return times(1);
        }

        /**
         * Triggers the rule only for the n-th match. Equivalent to {@code skip(n - 1).once()}.
         *
         * @param n the number of the match, 1 for the first
         * @return this
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder nth(int n) {
            check("the number of the match", n, 1);
            return skip(n - 1).once();
        }

        /**
         * Creates the rule and adds it to the server's rules. It is in effect when this method returns.
         *
         * @param fault the fault to inject
         * @return the rule, for its statistics and to remove it
         * @throws IllegalArgumentException if the rule is for connections, and the fault is not a transport fault
         * @throws IllegalStateException if the server has been closed
         */
        public FaultRule inject(Fault fault) {
            return target.apply(this, Objects.requireNonNull(fault, "fault"));
        }

        private static void check(String parameter, int number, int min) {
            if (number < min) {
                throw new IllegalArgumentException(parameter + " must be at least " + min + ": " + number);
            }
        }
    }

    /**
     * Removes the rule, and ends its faults in progress: delayed replies are sent, stalled connections are closed. Idempotent.
     */
    public void remove() {
        faults.remove(this);
    }

    /**
     * Returns how many times the rule has triggered its fault.
     *
     * @return the number, which remains available when the rule is exhausted or removed; always 0 for a rule that refuses connections, as the
     *     server does not see refused connections
     */
    public long timesTriggered() {
        return Math.min(Math.max(0, matches.get() - skipped), timesMax);
    }

    /** Returns whether the rule cannot trigger any more. */
    boolean isExhausted() {
        return timesTriggered() == timesMax;
    }

    /** Counts a match. Returns whether it triggers the fault. */
    boolean countMatch() {
        long match = matches.incrementAndGet();
        return match > skipped && match - skipped <= timesMax;
    }

    InterceptResult result() {
        return result;
    }

    @SuppressWarnings("ReferenceEquality") // another rule's fault may be equal
    boolean causes(ResponseFault fault) {
        return fault == result.fault();
    }

    /**
     * Describes the rule.
     *
     * @return for example {@code on get with key k, once after 2: delay of PT0.3S [triggered 1 time]}
     */
    @Override
    public String toString() {
        long times = timesTriggered();
        return trigger + limits() + ": " + fault + " [triggered " + times + (times == 1 ? " time]" : " times]");
    }

    private String limits() {
        String limit = timesMax == ALWAYS ? "" : timesMax == 1 ? ", once" : ", " + timesMax + " times";
        return skipped == 0 ? limit : limit + (limit.isEmpty() ? ", after " : " after ") + skipped;
    }
}
