package io.github.embeddedmemcached.protocol;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A command as it arrived, for an {@link Interceptor}. Immutable.
 *
 * <p>Keys and lines are text: UTF-8, or where they are none, each byte a char. A client's password is never part of it.
 *
 * @param name the word of the text protocol, {@code set}; over the binary protocol the same word for the same thing, so that
 *     {@code SETQ} is {@code set}, {@code GETKQ} {@code get} and {@code INCREMENT} {@code incr} as well; of what isn't a command its
 *     first word, or nothing
 * @param keys the keys, most commands have one; {@code flush_all} and the like none. Those of a get whose line is longer than {@link
 *     ServerState#inputLengthMax}: the ones that had arrived by then
 * @param protocol the protocol it was said in
 * @param flags client flags; 0 where the command has none, as all the numbers here
 * @param exptimeSeconds as the client gave it
 * @param casUnique the CAS unique that the item must have, unsigned
 * @param delta by how much incr, decr and ma change, unsigned
 * @param value the value to be stored; null where the command has none, or where it was refused before the value arrived; not to be
 *     changed
 * @param quiet whether no answer is wanted: {@code noreply}, a quiet opcode, {@code q}
 * @param opaque what the client wants to see again: the {@code O} of a meta command, the decimal number of a binary one; otherwise null
 * @param line the command's line without its end, with what the fields above leave out, such as the flags of a meta command; over the
 *     binary protocol the opcode's name and the key; of malformed input as much as was looked at
 * @param malformed whether it can't be executed: no command of ours, or its arguments are wrong; then name, line, protocol and quiet are
 *     all there is, and if only a value's end is missing, everything. The arguments of commands that administrate aren't looked at
 * @param connection the number of the connection, as {@code stats conns} shows it
 * @param time when it had arrived, by the server's clock
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

    /** The protocols that a command can be said in. */
    public enum Protocol {
        /** The classic text protocol. */
        TEXT,
        /** The text protocol's meta commands. */
        META,
        /** The binary protocol. */
        BINARY
    }

    /**
     * Returns the names that commands have; {@link #name} of malformed input may be anything else.
     *
     * @return an unchangeable set, sorted
     */
    public static SortedSet<String> names() {
        SortedSet<String> names = new TreeSet<>();
        for (Opcode opcode : Opcode.values()) {
            if (opcode != Opcode.UNKNOWN) {
                names.add(opcode.name().toLowerCase(Locale.ROOT));
            }
        }
        for (BinaryOpcode opcode : BinaryOpcode.values()) {
            if (opcode != BinaryOpcode.UNKNOWN) {
                names.add(BinaryCommandReader.word(opcode));
            }
        }
        names.add("config"); // of auto discovery, which an interceptor answers
        return Collections.unmodifiableSortedSet(names);
    }

    /** So much of a line or value is shown. */
    private static final int SHOWN_LENGTH_MAX = 100;

    /**
     * Returns the first key.
     *
     * @return the only one, mostly; the empty string if there is none
     */
    public String key() {
        return keys.isEmpty() ? "" : keys.get(0);
    }

    /**
     * Tells whether it can't be executed.
     *
     * @return true for what is no command, or has wrong arguments
     */
    public boolean isMalformed() {
        return malformed;
    }

    /**
     * Shows it on one line: {@code set a 0 60 5 "hello" (connection 3, text)}. What is long is shortened, what isn't printable escaped.
     *
     * @return a text for people
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(malformed ? "malformed: " : "");
        appendEscaped(text, line);
        if (value != null) {
            text.append(" \"");
            appendEscaped(text, CommandDraft.text(value, 0, value.length));
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

    private static void appendEscaped(StringBuilder text, String what) {
        int shown = Math.min(what.length(), SHOWN_LENGTH_MAX);
        Printable.append(text, what, shown);
        if (shown < what.length()) {
            text.append("... (").append(what.length()).append(" in all)");
        }
    }
}
