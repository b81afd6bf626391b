package io.github.embeddedmemcached.testing;

import io.github.embeddedmemcached.internal.intercept.InterceptResult;
import io.github.embeddedmemcached.internal.intercept.InterceptResult.Reply;
import io.github.embeddedmemcached.internal.intercept.ResponseFault;
import io.github.embeddedmemcached.internal.intercept.ResponseFault.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A fault that a {@link FaultRule} injects. There are three kinds:
 *
 * <ul>
 *   <li>Transport faults: the command is executed, but the transfer of its reply is disturbed: {@link #delay}, {@link #throttle},
 *       {@link #stall}, {@link #close}, {@link #reset}. Earlier replies are sent normally; later ones wait. Durations are in real
 *       time, not in the time of the server's clock, because a client's timeouts use real time. Over UDP the reply is lost, except
 *       with {@code throttle}, which has no effect there. Only these faults can be injected into new connections, by {@link
 *       Faults#onConnect}; the methods state what they do "on connect".
 *   <li>Replaced replies: the command is not executed, and another reply is sent: {@link #outOfMemory}, {@link #busy},
 *       {@link #serverError}, {@link #status}, {@link #reply}.
 *   <li>Evicted items: the items are evicted before the command is executed: {@link #evictItem}.
 * </ul>
 *
 * <pre>{@code
 * memcached.faults().on(command("get")).once().inject(Fault.delay(Duration.ofMillis(300)));
 * }</pre>
 *
 * <p>Immutable and thread-safe. Any number of rules can inject the same fault.
 */
public final class Fault {
    private static final int STATUS_INTERNAL_ERROR = 0x84;
    private static final int STATUS_OUT_OF_MEMORY = 0x82;
    private static final int STATUS_BUSY = 0x85;
    private static final int STATUS_MAX = 0xFFFF;

    private final String description;
    private final InterceptResult result;

    private Fault(String description, InterceptResult result) {
        this.description = description;
        this.result = result;
    }

    private static Fault transport(String description, Kind kind, int bytes, Duration pause) {
        return new Fault(description, new InterceptResult(false, null, new ResponseFault(kind, bytes, pause)));
    }

    private static Fault replacement(String description, Reply reply) {
        return new Fault(description, new InterceptResult(false, reply, null));
    }

    private static String after(String effect, int bytes) {
        return bytes == 0 ? effect : effect + " after " + bytes + " bytes";
    }

    // ---- transport faults

    /**
     * Delays the reply, and everything after it on that connection. On connect: delays reading from the connection.
     *
     * @param time the minimum delay in real time, zero or more
     * @return a fault
     * @throws IllegalArgumentException if the time is negative
     */
    public static Fault delay(Duration time) {
        return transport("delay of " + time, Kind.DELAY, 0, time);
    }

    /**
     * Sends the reply a few bytes at a time. On connect: applies to all replies of the connection.
     *
     * @param bytes the number of bytes sent at a time, 1 or more
     * @param interval the time between two pieces in real time, zero or more
     * @return a fault
     * @throws IllegalArgumentException if the number of bytes is less than 1, or the interval is negative
     */
    public static Fault throttle(int bytes, Duration interval) {
        return transport("throttle of " + bytes + " bytes every " + interval, Kind.THROTTLE, bytes, interval);
    }

    /**
     * Sends neither the reply nor anything after it, and keeps the connection open. On connect: the connection is accepted, and
     * nothing is ever sent to it, not even the first message of a TLS handshake.
     *
     * @return a fault
     */
    public static Fault stall() {
        return stallAfter(0);
    }

    /**
     * Stops sending in the middle of the reply, and keeps the connection open. On connect: the bytes of all replies are counted.
     *
     * @param bytes the number of bytes to send first, 0 or more; a shorter reply is sent completely
     * @return a fault
     * @throws IllegalArgumentException if the number of bytes is negative
     */
    public static Fault stallAfter(int bytes) {
        return transport(after("stall", bytes), Kind.STALL, bytes, Duration.ZERO);
    }

    /**
     * Closes the connection instead of sending the reply.
     *
     * @return a fault
     */
    public static Fault close() {
        return closeAfter(0);
    }

    /**
     * Closes the connection in the middle of the reply. On connect: the bytes of all replies are counted.
     *
     * @param bytes the number of bytes to send first, 0 or more; a shorter reply is sent completely
     * @return a fault
     * @throws IllegalArgumentException if the number of bytes is negative
     */
    public static Fault closeAfter(int bytes) {
        return transport(after("close", bytes), Kind.CLOSE, bytes, Duration.ZERO);
    }

    /**
     * Resets the connection instead of sending the reply: the client receives a TCP RST, in Java {@code Connection reset}. A
     * connection over a Unix domain socket is closed, as these sockets have no reset.
     *
     * @return a fault
     */
    public static Fault reset() {
        return resetAfter(0);
    }

    /**
     * Resets the connection in the middle of the reply. On connect: the bytes of all replies are counted. On most systems the
     * client can still read what arrived before the reset. Bytes that the client's system has not received yet are lost, which can
     * happen with tens of kilobytes.
     *
     * @param bytes the number of bytes to send first, 0 or more; a shorter reply is sent completely
     * @return a fault
     * @throws IllegalArgumentException if the number of bytes is negative
     */
    public static Fault resetAfter(int bytes) {
        return transport(after("reset", bytes), Kind.RESET, bytes, Duration.ZERO);
    }

    // ---- replaced replies

    /**
     * Replies that the server is out of memory: {@code SERVER_ERROR out of memory storing object}, over the binary protocol status 0x82.
     *
     * @return a fault
     */
    public static Fault outOfMemory() {
        return status(STATUS_OUT_OF_MEMORY, "out of memory storing object");
    }

    /**
     * Replies that the server is busy: {@code SERVER_ERROR busy}, over the binary protocol status 0x85.
     *
     * @return a fault
     */
    public static Fault busy() {
        return status(STATUS_BUSY, "busy");
    }

    /**
     * Replies with an internal error: {@code SERVER_ERROR} and the message, over the binary protocol status 0x84.
     *
     * @param message the text after {@code SERVER_ERROR}, one line
     * @return a fault
     * @throws IllegalArgumentException if the message has more than one line
     */
    public static Fault serverError(String message) {
        return status(STATUS_INTERNAL_ERROR, message);
    }

    /**
     * Replies with an error: over the binary protocol with the status, over the text protocol with {@code SERVER_ERROR} and the
     * message. As with all errors, nothing is sent over the text protocol if the command has {@code noreply}.
     *
     * @param status the status of the binary protocol, 1 to 65535
     * @param message the text after {@code SERVER_ERROR}, one line
     * @return a fault
     * @throws IllegalArgumentException if the status is out of range, or the message has more than one line
     */
    public static Fault status(int status, String message) {
        if (status < 1 || status > STATUS_MAX) {
            throw new IllegalArgumentException("the status must be from 1 to 65535: " + status);
        }
        if (message.indexOf('\r') >= 0 || message.indexOf('\n') >= 0) {
            throw new IllegalArgumentException("the message must be a single line; reply(String) sends several");
        }
        return replacement(
                "SERVER_ERROR " + message + " (status 0x" + Integer.toHexString(status) + ")",
                new Reply.Failure("SERVER_ERROR " + message, status));
    }

    /**
     * Replies with the given bytes, for any command in any protocol, including commands with {@code noreply}.
     *
     * @param bytes the bytes, which are copied and sent unchanged: line ends must be included
     * @return a fault
     */
    public static Fault reply(byte[] bytes) {
        return replacement("reply of " + bytes.length + " bytes", new Reply.Raw(bytes.clone()));
    }

    /**
     * Replies with the given text in UTF-8, for any command in any protocol, including commands with {@code noreply}.
     *
     * @param text the text, which is sent unchanged: line ends must be included, as in {@code "END\r\n"}
     * @return a fault
     */
    public static Fault reply(String text) {
        String shown = text.replace("\r", "\\r").replace("\n", "\\n");
        return replacement("reply \"" + shown + "\"", new Reply.Raw(text.getBytes(StandardCharsets.UTF_8)));
    }

    // ---- evicted items

    /**
     * Evicts the items with the command's keys before the command is executed, so that a {@code get} misses.
     *
     * @return a fault
     */
    public static Fault evictItem() {
        return new Fault("eviction of the item", new InterceptResult(true, null, null));
    }

    // ---- for the rules

    /** Returns whether this fault can be injected into a connection that has not sent a command yet. */
    boolean isForConnections() {
        return result.fault() != null;
    }

    /** Returns a result for one rule. Its fault is a new object, because rules identify their faults by identity. */
    InterceptResult newResult() {
        return new InterceptResult(result.evictsItems(), result.reply(), copyOf(result.fault()));
    }

    private static @Nullable ResponseFault copyOf(@Nullable ResponseFault shared) {
        return shared == null ? null : new ResponseFault(shared.kind(), shared.bytes(), shared.pause());
    }

    /** Describes the fault, for example {@code delay of PT0.3S}. */
    @Override
    public String toString() {
        return description;
    }
}
