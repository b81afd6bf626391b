package io.github.embeddedmemcached.differential;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Maps the CAS uniques of this server to those of another server, in the order of the replies. Equal CAS uniques of this server must be
 * equal on the other one, and different ones must be different.
 */
final class CasUniques {
    /** The format of a CAS unique from an earlier reply in a request. Generated numbers never have it. */
    private static final Pattern FORMATTED = Pattern.compile("(?<!\\d)0\\d{19}(?!\\d)");

    private static final Pattern ARGUMENT = Pattern.compile("(^cas(?: +[^ \\n]+){4} +| C)0\\d{19}(?!\\d)");

    private static final int DIGITS = 20;

    private final Map<String, String> theirsByOurs = new HashMap<>();
    private final Map<String, String> oursByTheirs = new HashMap<>();

    /** Returns a CAS unique of this server in the format for requests. The length is constant, so that lines and values keep theirs. */
    static String format(Wire wire, long casUnique) {
        String digits = Long.toUnsignedString(casUnique);
        return wire == Wire.BINARY ? Packet.casBytes(casUnique) : "0".repeat(DIGITS - digits.length()) + digits;
    }

    /** Returns whether the request contains a CAS unique from an earlier reply. */
    static boolean occursIn(Exchange exchange) {
        return exchange.wire() == Wire.BINARY
                ? exchange.isCompletePacket() && new Packet(exchange.request()).casUnique() != 0
                : FORMATTED.matcher(exchange.request()).find();
    }

    /** Returns whether the request contains a CAS unique from an earlier reply that is not an argument for one. */
    static boolean isMisplacedIn(Exchange exchange) {
        return exchange.wire() == Wire.TEXT
                && FORMATTED
                        .matcher(ARGUMENT.matcher(exchange.request()).replaceAll("$1"))
                        .find();
    }

    /** Adds a pair. Returns false if it contradicts an earlier one. */
    boolean add(String ours, String theirs) {
        String previousTheirs = theirsByOurs.putIfAbsent(ours, theirs);
        String previousOurs = oursByTheirs.putIfAbsent(theirs, ours);
        return (previousTheirs == null || previousTheirs.equals(theirs))
                && (previousOurs == null || previousOurs.equals(ours));
    }

    /** Returns the request with the CAS uniques of the other server. */
    String translated(Exchange exchange) {
        if (exchange.wire() == Wire.BINARY) {
            if (!occursIn(exchange)) {
                return exchange.request();
            }
            Packet packet = new Packet(exchange.request());
            String ours = Long.toUnsignedString(packet.casUnique());
            return packet.withCasUnique(Long.parseUnsignedLong(theirsByOurs.getOrDefault(ours, ours)));
        }
        return FORMATTED.matcher(exchange.request()).replaceAll(match -> {
            String ours = match.group().replaceFirst("^0+(?=.)", "");
            String theirs = theirsByOurs.getOrDefault(ours, ours);
            return "0".repeat(DIGITS - theirs.length()) + theirs;
        });
    }
}
