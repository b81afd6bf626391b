package io.github.embeddedmemcached.protocol;

import io.github.embeddedmemcached.internal.wire.Printable;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A command that a server has received, as {@code Recording} returns it and {@code CommandMatcher} tests it.
 *
 * <p>Thread-safe, and immutable as long as the array {@link #value} is not modified. Two commands are equal if all their components are
 * equal; values are compared by their bytes.
 *
 * <p>Keys and lines are decoded as UTF-8, or if they are not valid UTF-8, with one char for each byte. A client's password is never
 * included.
 *
 * @param name the name in the text protocol, such as {@code set}. A binary command has the name of the equivalent text command:
 *     {@code SETQ} is {@code set}, {@code GETKQ} is {@code get}, {@code INCREMENT} is {@code incr}. For an unknown command, the
 *     first word of its line, possibly empty
 * @param keys the keys, unmodifiable; most commands have one, {@code flush_all} and similar commands none. For a get whose line is
 *     longer than the session's limit of input: the keys received before the limit was reached
 * @param protocol the protocol of the command
 * @param flags the client flags, 32 bits; like the other numbers, 0 if the command has none
 * @param exptimeSeconds the exptime as the client sent it: relative or a Unix time, possibly negative
 * @param casUnique the CAS unique that the item must have, unsigned
 * @param delta the amount by which incr, decr and ma change a number, unsigned
 * @param value the value to store, which must not be modified; null if the command has none, or was rejected before the value arrived
 * @param quiet whether the client suppresses replies: {@code noreply}, a quiet opcode, the meta flag {@code q}
 * @param opaque the text that is returned with the reply: the {@code O} flag of a meta command, or the opaque of a binary command as an
 *     unsigned decimal number; otherwise null
 * @param line the command's line without its line end; it also contains what has no component here, such as the flags of a meta
 *     command; for a binary command, the opcode's name and the key; for malformed input, the part that was examined
 * @param malformed whether the command cannot be executed, because the command is unknown or has invalid arguments. Then only name, line,
 *     protocol, quiet, connection and time are set; if only the end of the value is missing, all components are. The arguments of administrative
 *     commands are not checked
 * @param connection the connection's number, as {@code stats conns} shows it
 * @param time when the command had been received completely, by the server's clock
 */
public record Command(
        String name,
        List<String> keys,
        Protocol protocol,
        int flags,
        long exptimeSeconds,
        long casUnique,
        long delta,
        byte @Nullable [] value,
        boolean quiet,
        @Nullable String opaque,
        String line,
        boolean malformed,
        int connection,
        Instant time) {

    /** The protocol of a command. */
    public enum Protocol {
        /** The classic text protocol. */
        TEXT,
        /** The meta commands of the text protocol. */
        META,
        /** The binary protocol. */
        BINARY
    }

    /** The number of characters of a line or value in {@link #toString}. */
    private static final int SHOWN_LENGTH_MAX = 100;

    /**
     * Returns the first key.
     *
     * @return the first of {@link #keys}; the empty string if there is none
     */
    public String key() {
        return keys.isEmpty() ? "" : keys.get(0);
    }

    /** Returns whether another object is a command with equal components. The values are compared by their bytes. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Command that
                && name.equals(that.name)
                && keys.equals(that.keys)
                && protocol == that.protocol
                && flags == that.flags
                && exptimeSeconds == that.exptimeSeconds
                && casUnique == that.casUnique
                && delta == that.delta
                && Arrays.equals(value, that.value)
                && quiet == that.quiet
                && Objects.equals(opaque, that.opaque)
                && line.equals(that.line)
                && malformed == that.malformed
                && connection == that.connection
                && time.equals(that.time);
    }

    @Override
    public int hashCode() {
        int others = Objects.hash(
                name,
                keys,
                protocol,
                flags,
                exptimeSeconds,
                casUnique,
                delta,
                quiet,
                opaque,
                line,
                malformed,
                connection,
                time);
        return 31 * others + Arrays.hashCode(value);
    }

    /**
     * Returns the command as one line: {@code set a 0 60 5 "hello" (connection 3, text)}. Long lines and values are shortened,
     * unprintable characters are escaped.
     *
     * @return a description, whose format may change
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(malformed ? "malformed: " : "");
        appendEscaped(text, line);
        if (value != null) {
            text.append(" \"");
            appendEscaped(text, Printable.decode(value, 0, value.length));
            text.append('"');
        }
        text.append(" (connection ").append(connection).append(", ");
        text.append(protocol.name().toLowerCase(Locale.ROOT));
        if (protocol == Protocol.BINARY) {
            append(text, "flags", Integer.toUnsignedString(flags));
            append(text, "exptime", Long.toString(exptimeSeconds));
            append(text, "cas", Long.toUnsignedString(casUnique));
            append(text, "delta", Long.toUnsignedString(delta));
            append(text, "opaque", opaque == null ? "0" : opaque);
        }
        return text.append(')').toString();
    }

    private static void append(StringBuilder text, String name, String number) {
        if (!number.equals("0")) {
            text.append(", ").append(name).append(' ').append(number);
        }
    }

    private static void appendEscaped(StringBuilder text, String content) {
        int shown = Math.min(content.length(), SHOWN_LENGTH_MAX);
        Printable.append(text, content, shown);
        if (shown < content.length()) {
            text.append("... (").append(content.length()).append(" in all)");
        }
    }
}
