package io.github.embeddedmemcached.internal.text;

import static io.github.embeddedmemcached.internal.wire.AsciiNumbers.INVALID;

import io.github.embeddedmemcached.internal.line.LineFormat;
import io.github.embeddedmemcached.internal.line.Opcode;
import io.github.embeddedmemcached.internal.line.Request;
import io.github.embeddedmemcached.internal.meta.MetaRequest;
import io.github.embeddedmemcached.internal.session.CommandBuilder;
import io.github.embeddedmemcached.internal.wire.AsciiNumbers;
import io.github.embeddedmemcached.internal.wire.Printable;
import io.github.embeddedmemcached.protocol.Command;
import java.util.Arrays;
import java.util.Locale;

/** Converts the parsed lines of a text session to {@link Command}s, both classic and meta. */
final class TextCommandReader {
    private final Request request;
    private final MetaRequest meta;

    TextCommandReader(Request request, MetaRequest meta) {
        this.request = request;
        this.meta = meta;
    }

    /**
     * Converts the line bytes[from..newline), from which the request was parsed.
     *
     * @param limit the end of the input; equal to newline if the end of the line has not been received
     */
    CommandBuilder read(byte[] bytes, int from, int newline, int limit) {
        Opcode opcode = request.opcode;
        boolean isMeta = opcode.isMeta() || opcode == Opcode.MN;
        int end = newline > from && bytes[newline - 1] == '\r' ? newline - 1 : newline;
        CommandBuilder command = new CommandBuilder(isMeta ? Command.Protocol.META : Command.Protocol.TEXT);
        command.line = Printable.decode(bytes, from, end);
        command.name = opcode == Opcode.UNKNOWN
                ? firstWord(bytes, from, end)
                : opcode.name().toLowerCase(Locale.ROOT);
        command.quiet = request.noreply || (opcode.isMeta() && meta.has('q'));
        command.malformed = request.error != null || request.isHttp;
        if (!command.malformed) {
            if (opcode.isMeta()) {
                readMeta(command);
            } else {
                readClassic(command, bytes, end, newline == limit);
            }
        }
        return command;
    }

    /** Converts input that is rejected without being parsed. */
    static CommandBuilder ofMalformed(byte[] bytes, int from, int end) {
        CommandBuilder command = CommandBuilder.ofMalformed(Command.Protocol.TEXT, bytes, from, end);
        command.name = firstWord(bytes, from, end);
        return command;
    }

    private static String firstWord(byte[] bytes, int from, int end) {
        int word = LineFormat.skipSpaces(bytes, from, end);
        return Printable.decode(bytes, word, LineFormat.endOfToken(bytes, word, end));
    }

    private void readClassic(CommandBuilder command, byte[] bytes, int end, boolean isPartial) {
        command.flags = request.flags;
        command.exptimeSeconds = request.exptimeSeconds;
        if (request.opcode.isRetrieval()) {
            readKeys(command, bytes, end, isPartial);
        } else if (request.hasKey) { // otherwise the arguments are only in the line
            command.addKey(bytes, request.keyOffset, request.keyLength);
        }
        if (request.opcode == Opcode.CAS) {
            command.casUnique = request.number;
        } else if (request.opcode == Opcode.INCR || request.opcode == Opcode.DECR) {
            command.delta = request.number;
        }
    }

    // get|gets <key>*
    // gat|gats <exptime> <key>*
    private void readKeys(CommandBuilder command, byte[] bytes, int end, boolean isPartial) {
        int at = LineFormat.skipSpaces(bytes, request.argumentsOffset, end);
        boolean isWellFormed = true;
        if (request.opcode == Opcode.GAT || request.opcode == Opcode.GATS) {
            int exptimeEnd = LineFormat.endOfToken(bytes, at, end);
            long exptime = AsciiNumbers.strictInt32(bytes, at, exptimeEnd);
            isWellFormed = exptime != INVALID;
            command.exptimeSeconds = isWellFormed ? exptime : 0;
            at = LineFormat.skipSpaces(bytes, exptimeEnd, end);
        }
        while (at < end) {
            int keyEnd = LineFormat.endOfToken(bytes, at, end);
            if (keyEnd < end || !isPartial) { // otherwise the key may be incomplete
                command.addKey(bytes, at, keyEnd - at);
            }
            at = LineFormat.skipSpaces(bytes, keyEnd, end);
        }
        command.checkKeys(isWellFormed);
    }

    private void readMeta(CommandBuilder command) {
        command.addKey(meta.key, meta.keyOffset, meta.keyLength);
        command.flags = meta.clientFlags;
        command.exptimeSeconds = meta.has('T') ? meta.exptimeSeconds : 0;
        command.casUnique = meta.has('C') ? meta.expectedCas : 0;
        command.delta = request.opcode == Opcode.MA ? meta.delta : 0;
        if (meta.has('O')) {
            int opaque = meta.opaqueOffset;
            command.opaque = Printable.decode(meta.opaque, opaque + 1, opaque + meta.opaqueLength);
        }
    }

    /** Adds the value, which is complete and begins at the offset. */
    void readValue(CommandBuilder command, byte[] bytes, int offset) {
        int end = offset + request.valueLength;
        command.value = Arrays.copyOfRange(bytes, offset, end);
        command.malformed = bytes[end] != '\r' || bytes[end + 1] != '\n';
    }
}
