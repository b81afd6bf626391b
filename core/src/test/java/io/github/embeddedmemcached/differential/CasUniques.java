package io.github.embeddedmemcached.differential;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Which CAS unique of another server is which of ours: by the order in which they are shown. Two that are equal here must be equal
 * there, and two that differ here must differ there.
 */
final class CasUniques {
    /** How one of ours that was shown is written in a request: as no generated number is. */
    private static final Pattern WRITTEN = Pattern.compile("(?<!\\d)0\\d{19}(?!\\d)");

    private static final Pattern IN_PLACE = Pattern.compile("(^cas(?: +[^ \\n]+){4} +| C)0\\d{19}(?!\\d)");

    private static final int DIGITS = 20;

    private final Map<String, String> theirsByOurs = new HashMap<>();
    private final Map<String, String> oursByTheirs = new HashMap<>();

    /** Writes one of ours into a request; always as long, so that lines and values keep their lengths. */
    static String written(Wire wire, long casUnique) {
        String digits = Long.toUnsignedString(casUnique);
        return wire == Wire.BINARY ? Packet.casBytes(casUnique) : "0".repeat(DIGITS - digits.length()) + digits;
    }

    /** Tells whether the request names a CAS unique that was shown. */
    static boolean isNamedIn(Exchange exchange) {
        return exchange.wire() == Wire.BINARY
                ? exchange.isWholePacket() && new Packet(exchange.request()).casUnique() != 0
                : WRITTEN.matcher(exchange.request()).find();
    }

    /** Tells whether one stands where a request has something else. */
    static boolean isMisplacedIn(Exchange exchange) {
        return exchange.wire() == Wire.TEXT
                && WRITTEN.matcher(IN_PLACE.matcher(exchange.request()).replaceAll("$1"))
                        .find();
    }

    /** Learns that theirs stands where ours does; false if that can't be. */
    boolean learn(String ours, String theirs) {
        String known = theirsByOurs.putIfAbsent(ours, theirs);
        String knownOurs = oursByTheirs.putIfAbsent(theirs, ours);
        return (known == null || known.equals(theirs)) && (knownOurs == null || knownOurs.equals(ours));
    }

    /** The request with theirs in place of ours. */
    String translated(Exchange exchange) {
        if (exchange.wire() == Wire.BINARY) {
            if (!isNamedIn(exchange)) {
                return exchange.request();
            }
            Packet packet = new Packet(exchange.request());
            String ours = Long.toUnsignedString(packet.casUnique());
            return packet.withCasUnique(Long.parseUnsignedLong(theirsByOurs.getOrDefault(ours, ours)));
        }
        return WRITTEN.matcher(exchange.request()).replaceAll(written -> {
            String ours = written.group().replaceFirst("^0+(?=.)", "");
            String theirs = theirsByOurs.getOrDefault(ours, ours);
            return "0".repeat(DIGITS - theirs.length()) + theirs;
        });
    }
}
