package io.github.embeddedmemcached.protocol;

import org.jspecify.annotations.Nullable;

/**
 * What an {@link Interceptor} makes of a command.
 *
 * @param losesItems whether the items with the command's keys are evicted before it is executed
 * @param answer what is answered without executing the command; null to execute it
 * @param disturbance what happens to the answer on its way; null for nothing
 */
public record Verdict(
        boolean losesItems,
        @Nullable Answer answer,
        @Nullable Disturbance disturbance) {
    /** Nothing is changed. */
    public static final Verdict PROCEED = new Verdict(false, null, null);

    /** An answer in place of a command's own. */
    public sealed interface Answer {
        /**
         * Bytes, as they are; sent also to a client that wanted no answer.
         *
         * @param bytes not to be changed afterwards; with line ends, if any
         */
        record Raw(byte[] bytes) implements Answer {}

        /**
         * An error in the protocol that the client speaks; as all errors of its kind it isn't sent where {@code noreply} was asked for.
         * The quiet commands of the meta and binary protocols don't keep errors quiet.
         *
         * @param line what the text protocol answers, without its line end: {@code SERVER_ERROR busy}
         * @param status what the binary protocol answers, 1 to 65535, with the line as its text, but without a {@code SERVER_ERROR} or
         *     {@code CLIENT_ERROR} before it
         */
        record Failure(String line, int status) implements Answer {}
    }
}
