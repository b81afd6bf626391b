package io.github.embeddedmemcached.internal.intercept;

import org.jspecify.annotations.Nullable;

/**
 * The decision of an {@link Interceptor} about a command.
 *
 * @param evictsItems whether the items with the command's keys are evicted before it is executed
 * @param reply the reply to send without executing the command; null to execute it
 * @param fault how the transfer of the reply is manipulated; null for no fault
 */
public record InterceptResult(
        boolean evictsItems,
        @Nullable Reply reply,
        @Nullable ResponseFault fault) {
    /** The command is executed normally. */
    public static final InterceptResult PROCEED = new InterceptResult(false, null, null);

    /** A reply in place of the command's own. */
    public sealed interface Reply {
        /**
         * Bytes that are sent unmodified, even if the client suppressed the reply.
         *
         * @param bytes including line ends, if any; must not be changed afterwards
         */
        record Raw(byte[] bytes) implements Reply {}

        /**
         * An error in the client's protocol. Like other errors of its kind it is not sent to a command with {@code noreply}; the quiet
         * commands of the meta and binary protocols do not suppress errors.
         *
         * @param line the reply of the text protocol, without its line end: {@code SERVER_ERROR busy}
         * @param status the status of the binary protocol, 1 to 65535; the response's text is the line without a leading {@code
         *     SERVER_ERROR} or {@code CLIENT_ERROR}
         */
        record Failure(String line, int status) implements Reply {}
    }
}
