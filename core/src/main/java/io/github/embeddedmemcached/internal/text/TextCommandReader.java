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

/** Makes {@link Command}s of the parsed lines of a text session, classic and meta. */
final class TextCommandReader {
    private final Request request;
    private final MetaRequest meta;

    TextCommandReader(Request request, MetaRequest meta) {
        this.request = request;
        this.meta = meta;
    }

    /**
     * Reads the line bytes[from..newline) that the request was parsed from.
     *
     * @param limit where the input ends; the same as newline, if the line goes on
     */
    CommandBuilder read(byte[] bytes, int from, int newline, int limit) {
        Opcode opcode = request.opcode;
        boolean isMeta = opcode.isMeta() || opcode == Opcode.MN;
        int end = newline > from && bytes[newline - 1] == '\r' ? newline - 1 : newline;
        CommandBuilder draft = new CommandBuilder(isMeta ? Command.Protocol.META : Command.Protocol.TEXT);
        draft.line = Printable.decode(bytes, from, end);
        draft.name = opcode == Opcode.UNKNOWN
                ? firstWord(bytes, from, end)
                : opcode.name().toLowerCase(Locale.ROOT);
        draft.quiet = request.noreply || (opcode.isMeta() && meta.has('q'));
        draft.malformed = request.error != null || request.fromBrowser;
        if (!draft.malformed) {
            if (opcode.isMeta()) {
                readMeta(draft);
            } else {
                readClassic(draft, bytes, end, newline == limit);
            }
        }
        return draft;
    }

    /** What is refused before it is parsed. */
    static CommandBuilder ofMalformed(byte[] bytes, int from, int end) {
        CommandBuilder draft = CommandBuilder.ofMalformed(Command.Protocol.TEXT, bytes, from, end);
        draft.name = firstWord(bytes, from, end);
        return draft;
    }

    private static String firstWord(byte[] bytes, int from, int end) {
        int word = LineFormat.skipSpaces(bytes, from, end);
        return Printable.decode(bytes, word, LineFormat.endOfToken(bytes, word, end));
    }

    private void readClassic(CommandBuilder draft, byte[] bytes, int end, boolean goesOn) {
        draft.flags = request.flags;
        draft.exptimeSeconds = request.exptimeSeconds;
        switch (request.opcode) {
            case GET, GETS, GAT, GATS -> readKeys(draft, bytes, end, goesOn);
            case CAS -> {
                draft.addKey(bytes, request.keyOffset, request.keyLength);
                draft.casUnique = request.number;
            }
            case INCR, DECR -> {
                draft.addKey(bytes, request.keyOffset, request.keyLength);
                draft.delta = request.number;
            }
            case SET, ADD, REPLACE, APPEND, PREPEND, DELETE, TOUCH ->
                draft.addKey(bytes, request.keyOffset, request.keyLength);
            default -> {} // it has no key, and its arguments are in the line
        }
    }

    // get|gets <key>*
    // gat|gats <exptime> <key>*
    private void readKeys(CommandBuilder draft, byte[] bytes, int end, boolean goesOn) {
        int at = LineFormat.skipSpaces(bytes, request.argumentsOffset, end);
        boolean isTimed = true;
        if (request.opcode == Opcode.GAT || request.opcode == Opcode.GATS) {
            int exptimeEnd = LineFormat.endOfToken(bytes, at, end);
            long exptime = AsciiNumbers.strictInt32(bytes, at, exptimeEnd);
            isTimed = exptime != INVALID;
            draft.exptimeSeconds = isTimed ? exptime : 0;
            at = LineFormat.skipSpaces(bytes, exptimeEnd, end);
        }
        while (at < end) {
            int keyEnd = LineFormat.endOfToken(bytes, at, end);
            if (keyEnd < end || !goesOn) { // otherwise it isn't all there
                draft.addKey(bytes, at, keyEnd - at);
            }
            at = LineFormat.skipSpaces(bytes, keyEnd, end);
        }
        draft.checkKeys(isTimed);
    }

    private void readMeta(CommandBuilder draft) {
        draft.addKey(meta.key, meta.keyOffset, meta.keyLength);
        draft.flags = meta.clientFlags;
        draft.exptimeSeconds = meta.has('T') ? meta.exptimeSeconds : 0;
        draft.casUnique = meta.has('C') ? meta.expectedCas : 0;
        draft.delta = request.opcode == Opcode.MA ? meta.delta : 0;
        if (meta.has('O')) {
            int opaque = meta.opaqueOffset;
            draft.opaque = Printable.decode(meta.opaque, opaque + 1, opaque + meta.opaqueLength);
        }
    }

    /** Takes the value, which begins at an index of bytes and is all there. */
    void readValue(CommandBuilder draft, byte[] bytes, int offset) {
        int end = offset + request.valueLength;
        draft.value = Arrays.copyOfRange(bytes, offset, end);
        draft.malformed = bytes[end] != '\r' || bytes[end + 1] != '\n';
    }
}
