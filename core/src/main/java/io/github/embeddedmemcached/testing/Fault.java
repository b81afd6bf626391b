package io.github.embeddedmemcached.testing;

import io.github.embeddedmemcached.protocol.Disturbance;
import io.github.embeddedmemcached.protocol.Disturbance.Kind;
import io.github.embeddedmemcached.protocol.Verdict;
import io.github.embeddedmemcached.protocol.Verdict.Answer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong, when a {@link FaultRule} says so. There are three kinds:
 *
 * <ul>
 *   <li>the command is executed, and its answer has a bad way: {@link #delay}, {@link #drip}, {@link #stall}, {@link #close}, {@link
 *       #reset}. What was answered before it arrives as always, and what comes behind it waits. Times are real ones, since a
 *       client's time-outs don't go by the server's clock. A client that speaks UDP loses the answer, but for {@code drip}, which
 *       it doesn't notice;
 *   <li>the command isn't executed, and something else is answered: {@link #outOfMemory}, {@link #busy}, {@link #serverError}, {@link
 *       #status}, {@link #answer};
 *   <li>the item is gone before the command is executed: {@link #loseItem}.
 * </ul>
 *
 * <p>Immutable: a fault can be injected by any number of rules.
 */
public final class Fault {
    private static final int STATUS_INTERNAL_ERROR = 0x84;
    private static final int STATUS_OUT_OF_MEMORY = 0x82;
    private static final int STATUS_BUSY = 0x85;
    private static final int STATUS_MAX = 0xFFFF;

    private final String description;
    private final Verdict verdict;

    private Fault(String description, Verdict verdict) {
        this.description = description;
        this.verdict = verdict;
    }

    private static Fault disturb(String description, Kind kind, int bytes, Duration pause) {
        return new Fault(description, new Verdict(false, null, new Disturbance(kind, bytes, pause)));
    }

    private static Fault replace(String description, Answer answer) {
        return new Fault(description, new Verdict(false, answer, null));
    }

    private static String after(String what, int bytes) {
        return bytes == 0 ? what : what + " after " + bytes + " bytes";
    }

    // ---- the way of the answer

    /**
     * The answer comes later, and so does everything behind it on that connection. On connect: nothing is read before.
     *
     * @param time how much later, at least
     * @return a fault
     */
    public static Fault delay(Duration time) {
        return disturb("delay of " + time, Kind.DELAY, 0, time);
    }

    /**
     * The answer comes a few bytes at a time. On connect: all answers do.
     *
     * @param bytes how many at a time, 1 or more
     * @param between how much time passes between two pieces
     * @return a fault
     */
    public static Fault drip(int bytes, Duration between) {
        return disturb("drip of " + bytes + " bytes every " + between, Kind.DRIP, bytes, between);
    }

    /**
     * There is no answer, and none to anything that comes later, while the connection stays open.
     *
     * @return a fault
     */
    public static Fault stall() {
        return stallAfter(0);
    }

    /**
     * The answer stops in the middle, and nothing comes any more, while the connection stays open. On connect the bytes of all
     * answers count.
     *
     * @param bytes how many bytes come before; an answer that has fewer comes as it is
     * @return a fault
     */
    public static Fault stallAfter(int bytes) {
        return disturb(after("stall", bytes), Kind.STALL, bytes, Duration.ZERO);
    }

    /**
     * The client is accepted and never answered, not even the first word of TLS: {@link #stall()}, as it is called on connect.
     *
     * @return a fault
     */
    public static Fault neverAnswer() {
        return stall();
    }

    /**
     * The connection is closed in place of an answer.
     *
     * @return a fault
     */
    public static Fault close() {
        return closeAfter(0);
    }

    /**
     * The answer is cut short, and the connection closed. On connect the bytes of all answers count.
     *
     * @param bytes how many bytes come before; an answer that has fewer comes as it is
     * @return a fault
     */
    public static Fault closeAfter(int bytes) {
        return disturb(after("close", bytes), Kind.CLOSE, bytes, Duration.ZERO);
    }

    /**
     * The connection is reset in place of an answer: the client sees TCP's RST, Java's {@code Connection reset}. On a Unix domain
     * socket, which knows no such thing, it is closed.
     *
     * @return a fault
     */
    public static Fault reset() {
        return resetAfter(0);
    }

    /**
     * The answer is cut short, and the connection reset. On connect the bytes of all answers count. On most systems the client can
     * still read what arrived before the reset; but a reset overtakes what its system has not taken in yet, as it may happen with
     * tens of kilobytes.
     *
     * @param bytes how many bytes come before; an answer that has fewer comes as it is
     * @return a fault
     */
    public static Fault resetAfter(int bytes) {
        return disturb(after("reset", bytes), Kind.RESET, bytes, Duration.ZERO);
    }

    // ---- another answer

    /**
     * There is no memory left: {@code SERVER_ERROR out of memory storing object}, over the binary protocol status 0x82.
     *
     * @return a fault
     */
    public static Fault outOfMemory() {
        return status(STATUS_OUT_OF_MEMORY, "out of memory storing object");
    }

    /**
     * The server is busy: {@code SERVER_ERROR busy}, over the binary protocol status 0x85.
     *
     * @return a fault
     */
    public static Fault busy() {
        return status(STATUS_BUSY, "busy");
    }

    /**
     * The server fails: {@code SERVER_ERROR}, over the binary protocol status 0x84, an internal error.
     *
     * @param message what stands behind {@code SERVER_ERROR}, one line
     * @return a fault
     */
    public static Fault serverError(String message) {
        return status(STATUS_INTERNAL_ERROR, message);
    }

    /**
     * The server fails with a status of the binary protocol; over the text protocol with {@code SERVER_ERROR}. As with all errors, who
     * asked for {@code noreply} isn't told.
     *
     * @param status 1 to 65535
     * @param message what stands behind {@code SERVER_ERROR}, one line
     * @return a fault
     */
    public static Fault status(int status, String message) {
        if (status < 1 || status > STATUS_MAX) {
            throw new IllegalArgumentException("a status must be from 1 to 65535, and is " + status);
        }
        if (message.indexOf('\r') >= 0 || message.indexOf('\n') >= 0) {
            throw new IllegalArgumentException("a message must be one line: take answer(String) for more");
        }
        return replace(
                "SERVER_ERROR " + message + " (status 0x" + Integer.toHexString(status) + ")",
                new Answer.Failure("SERVER_ERROR " + message, status));
    }

    /**
     * Bytes are answered, whatever was asked for and by whom, also to {@code noreply}.
     *
     * @param bytes as they are, with line ends if there are to be any
     * @return a fault
     */
    public static Fault answer(byte[] bytes) {
        return replace("answer of " + bytes.length + " bytes", new Answer.Raw(bytes.clone()));
    }

    /**
     * Text is answered, in UTF-8, whatever was asked for and by whom, also to {@code noreply}.
     *
     * @param text as it is, with line ends if there are to be any: {@code "END\r\n"}
     * @return a fault
     */
    public static Fault answer(String text) {
        String shown = text.replace("\r", "\\r").replace("\n", "\\n");
        return replace("answer \"" + shown + "\"", new Answer.Raw(text.getBytes(StandardCharsets.UTF_8)));
    }

    // ---- the item

    /**
     * The items with the command's keys are evicted before it is executed: a get misses.
     *
     * @return a fault
     */
    public static Fault loseItem() {
        return new Fault("loss of the item", new Verdict(true, null, null));
    }

    // ---- for the rules

    /** Tells whether it can befall a connection that has not asked for anything yet. */
    boolean isForConnections() {
        return verdict.disturbance() != null;
    }

    /** The verdict of one rule, whose disturbance is an object of its own, to be recognized by. */
    Verdict newVerdict() {
        Disturbance shared = verdict.disturbance();
        return new Verdict(verdict.losesItems(), verdict.answer(), copyOf(shared));
    }

    private static @Nullable Disturbance copyOf(@Nullable Disturbance shared) {
        return shared == null ? null : new Disturbance(shared.kind(), shared.bytes(), shared.pause());
    }

    @Override
    public String toString() {
        return description;
    }
}
