package io.github.embeddedmemcached.internal.binary;

import io.github.embeddedmemcached.internal.session.CommandBuilder;
import io.github.embeddedmemcached.internal.wire.Printable;
import io.github.embeddedmemcached.protocol.Command;
import java.util.Arrays;
import java.util.Locale;

/** Converts the requests of a binary session to {@link Command}s for an interceptor. */
public final class BinaryCommandReader {
    private final BinaryRequest request;

    BinaryCommandReader(BinaryRequest request) {
        this.request = request;
    }

    /**
     * Converts the request whose header has been parsed from the bytes.
     *
     * @param isExecutable whether it is well-formed and allowed for the client. Then it has arrived completely, except for a value that is
     *     large or is going to be rejected
     * @param limit the end of the input that has arrived and belongs to the request
     */
    CommandBuilder read(byte[] bytes, boolean isExecutable, int limit) {
        BinaryOpcode opcode = request.opcode;
        CommandBuilder command = new CommandBuilder(Command.Protocol.BINARY);
        boolean isKnown = opcode != BinaryOpcode.UNKNOWN;
        command.name = textName(opcode);
        command.line = isKnown ? opcode.name().toLowerCase(Locale.ROOT) : String.format("0x%02x", request.code);
        command.quiet = request.quiet;
        command.opaque = Integer.toUnsignedString(request.opaque);
        command.casUnique = request.casUnique;
        command.malformed = !isKnown || request.isBroken() || !request.isWellFormed();
        if (command.quiet) {
            command.line += "q";
        }
        if (isExecutable && isKnown) {
            readBody(command, bytes, limit);
        }
        return command;
    }

    /** Returns the name of the equivalent command of the text protocol; the opcode's own name if there is none. */
    public static String textName(BinaryOpcode opcode) {
        String name = opcode.name().toLowerCase(Locale.ROOT);
        return switch (name) {
            case "getk" -> "get";
            case "gatk" -> "gat";
            case "increment" -> "incr";
            case "decrement" -> "decr";
            case "flush" -> "flush_all";
            case "stat" -> "stats";
            case "unknown" -> "";
            default -> name;
        };
    }

    private void readBody(CommandBuilder command, byte[] bytes, int limit) {
        request.parseExtras(bytes);
        command.exptimeSeconds = request.exptimeSeconds;
        if (request.keyLength > 0) {
            command.line += " " + Printable.decode(bytes, request.keyOffset, request.valueOffset);
        }
        BinaryOpcode opcode = request.opcode;
        if (opcode.stores()) { // a password is no value
            command.flags = request.flags;
            if (request.valueOffset + request.valueLength <= limit) {
                command.value = Arrays.copyOfRange(bytes, request.valueOffset, limit);
            }
        } else if (opcode.shape() == BinaryOpcode.Shape.DELTA) {
            command.delta = request.delta;
            command.line += " initial " + Long.toUnsignedString(request.initialNumber);
        } else if (opcode == BinaryOpcode.VERBOSITY) {
            command.line += " " + request.level;
        }
        boolean hasItemKey = opcode != BinaryOpcode.STAT && !opcode.isSasl();
        if (hasItemKey && request.keyLength > 0) {
            command.addKey(bytes, request.keyOffset, request.keyLength);
        }
    }
}
