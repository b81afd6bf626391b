package io.github.embeddedmemcached.internal.binary;

import io.github.embeddedmemcached.internal.session.CommandBuilder;
import io.github.embeddedmemcached.internal.wire.Printable;
import io.github.embeddedmemcached.protocol.Command;
import java.util.Arrays;
import java.util.Locale;

/** Makes {@link Command}s of the requests of a binary session. */
public final class BinaryCommandReader {
    private final BinaryRequest request;

    BinaryCommandReader(BinaryRequest request) {
        this.request = request;
    }

    /**
     * Reads the request, whose header was parsed from the bytes.
     *
     * @param isLegal whether it is well-formed, and the client may say it: then all of it is there, but for a value that is large or is
     *     going to be refused
     * @param limit where the input ends that belongs to the request and has arrived
     */
    CommandBuilder read(byte[] bytes, boolean isLegal, int limit) {
        BinaryOpcode opcode = request.opcode;
        CommandBuilder draft = new CommandBuilder(Command.Protocol.BINARY);
        boolean isKnown = opcode != BinaryOpcode.UNKNOWN;
        draft.name = word(opcode);
        draft.line = isKnown ? opcode.name().toLowerCase(Locale.ROOT) : String.format("0x%02x", request.code);
        draft.quiet = request.quiet;
        draft.opaque = Integer.toUnsignedString(request.opaque);
        draft.casUnique = request.casUnique;
        draft.malformed = !isKnown || request.isBroken() || !request.isWellFormed();
        if (draft.quiet) {
            draft.line += "q";
        }
        if (isLegal && isKnown) {
            readBody(draft, bytes, limit);
        }
        return draft;
    }

    /** The text protocol's word for what an opcode does, where it has one. */
    public static String word(BinaryOpcode opcode) {
        return switch (opcode) {
            case GETK -> "get";
            case GATK -> "gat";
            case INCREMENT -> "incr";
            case DECREMENT -> "decr";
            case FLUSH -> "flush_all";
            case STAT -> "stats";
            case UNKNOWN -> "";
            default -> opcode.name().toLowerCase(Locale.ROOT);
        };
    }

    private void readBody(CommandBuilder draft, byte[] bytes, int limit) {
        request.parseExtras(bytes);
        draft.exptimeSeconds = request.exptimeSeconds;
        if (request.keyLength > 0) {
            draft.line += " " + Printable.decode(bytes, request.keyOffset, request.valueOffset);
        }
        switch (request.opcode) {
            case SET, ADD, REPLACE -> {
                draft.flags = request.flags;
                readValue(draft, bytes, limit);
            }
            case APPEND, PREPEND -> readValue(draft, bytes, limit);
            case INCREMENT, DECREMENT -> {
                draft.delta = request.delta;
                draft.line += " initial " + Long.toUnsignedString(request.initialNumber);
            }
            case VERBOSITY -> draft.line += " " + request.level;
            default -> {} // no value; the one of a login isn't shown
        }
        switch (request.opcode) {
            case STAT, SASL_LIST, SASL_AUTH, SASL_STEP -> {} // what they have there isn't an item's key
            default -> {
                if (request.keyLength > 0) {
                    draft.addKey(bytes, request.keyOffset, request.keyLength);
                }
            }
        }
    }

    private void readValue(CommandBuilder draft, byte[] bytes, int limit) {
        if (request.valueOffset + request.valueLength <= limit) {
            draft.value = Arrays.copyOfRange(bytes, request.valueOffset, limit);
        }
    }
}
