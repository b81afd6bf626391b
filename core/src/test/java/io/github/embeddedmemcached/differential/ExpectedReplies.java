package io.github.embeddedmemcached.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The expected replies of another server: the bytes of this server's replies, except for CAS uniques and times. */
final class ExpectedReplies {
    /** The number of bytes before a difference in its description. */
    private static final int EXCERPT_LENGTH = 60;

    /** The maximum difference of times, because the clocks of the servers tick at different moments. */
    private static final long SECONDS_DIFFERENCE_MAX = 3;

    private static final int CAS_BYTES_LENGTH = Packet.HEADER_LENGTH - Packet.CAS_OFFSET;

    private static final Pattern META_NUMBER = Pattern.compile("(?<=[ ](?:c|t|l|exp=|la=|cas=))-?\\d+(?=[ \r])");

    private enum Kind {
        LITERAL,
        CAS_UNIQUE,
        CAS_BYTES,
        SECONDS
    }

    /** A part of a reply of this server. */
    private record Piece(Kind kind, String text) {
        boolean isCasUnique() {
            return kind == Kind.CAS_UNIQUE || kind == Kind.CAS_BYTES;
        }
    }

    private final List<Piece> pieces = new ArrayList<>();
    private int lineEnds;
    private int length;

    void add(Exchange exchange) {
        String reply = exchange.reply();
        lineEnds += (int) reply.chars().filter(c -> c == '\n').count();
        length += reply.length();
        String line = exchange.line();
        if (exchange.wire() == Wire.BINARY) {
            addPackets(reply);
        } else if (line.startsWith("gets ") || line.startsWith("gats ")) {
            addValues(reply);
        } else if (line.startsWith("m")) {
            addMeta(reply);
        } else {
            addLiteral(reply);
        }
    }

    private void addPackets(String reply) {
        int offset = 0;
        while (offset < reply.length()) {
            Packet packet = new Packet(reply.substring(offset));
            int end = offset + (int) packet.length();
            addLiteral(reply.substring(offset, offset + Packet.CAS_OFFSET));
            pieces.add(new Piece(Kind.CAS_BYTES, Long.toUnsignedString(packet.casUnique())));
            addLiteral(reply.substring(offset + Packet.HEADER_LENGTH, end));
            offset = end;
        }
    }

    // HD|VA <bytes>|... <flag>*\r\n[<value>\r\n]
    // ME <key> exp=<seconds> la=<seconds> cas=<cas unique> ...\r\n
    private void addMeta(String reply) {
        int lineEnd = reply.indexOf('\n') + 1;
        Matcher number = META_NUMBER.matcher(reply.substring(0, lineEnd));
        int offset = 0;
        while (number.find()) {
            addLiteral(reply.substring(offset, number.start()));
            char before = reply.charAt(number.start() - 1);
            boolean isCas = before == 'c' || reply.startsWith(" cas=", number.start() - 5);
            pieces.add(new Piece(isCas ? Kind.CAS_UNIQUE : Kind.SECONDS, number.group()));
            offset = number.end();
        }
        addLiteral(reply.substring(offset));
    }

    // VALUE <key> <flags> <bytes> <cas unique>\r\n<value>\r\n ... END\r\n
    private void addValues(String reply) {
        int offset = 0;
        while (reply.startsWith("VALUE ", offset)) {
            int lineEnd = reply.indexOf('\n', offset) - 1;
            String[] words = reply.substring(offset, lineEnd).split(" ");
            String casUnique = words[words.length - 1];
            addLiteral(reply.substring(offset, lineEnd - casUnique.length()));
            pieces.add(new Piece(Kind.CAS_UNIQUE, casUnique));
            int end = lineEnd + 2 + Integer.parseInt(words[words.length - 2]) + 2;
            addLiteral(reply.substring(lineEnd, end));
            offset = end;
        }
        addLiteral(reply.substring(offset));
    }

    /** Returns the CAS uniques in the replies of this server. */
    List<String> casUniques() {
        return pieces.stream().filter(Piece::isCasUnique).map(Piece::text).toList();
    }

    /** Changes the VALUE lines of the reply to a retrieval command. */
    static String mapHeaders(String reply, UnaryOperator<String> change) {
        StringBuilder mapped = new StringBuilder();
        int offset = 0;
        while (reply.startsWith("VALUE ", offset)) {
            int lineEnd = reply.indexOf('\n', offset) - 1;
            String header = reply.substring(offset, lineEnd);
            int end = lineEnd + 2 + Integer.parseInt(header.split(" ")[3]) + 2;
            mapped.append(change.apply(header)).append(reply, lineEnd, end);
            offset = end;
        }
        return mapped.append(reply, offset, reply.length()).toString();
    }

    private void addLiteral(String text) {
        if (!text.isEmpty()) {
            pieces.add(new Piece(Kind.LITERAL, text));
        }
    }

    int lineEnds() {
        return lineEnds;
    }

    int length() {
        return length;
    }

    /** Compares the replies, and adds pairs of CAS uniques. Returns a description of the first difference; empty if there is none. */
    String difference(String actual, CasUniques casUniques) {
        int offset = 0;
        for (Piece piece : pieces) {
            if (piece.kind() == Kind.CAS_BYTES && actual.length() - offset >= CAS_BYTES_LENGTH) {
                String bytes = actual.substring(offset, offset + CAS_BYTES_LENGTH);
                long theirs = new Packet("\0".repeat(Packet.CAS_OFFSET) + bytes).casUnique();
                if (!casUniques.add(piece.text(), Long.toUnsignedString(theirs))) {
                    return describe("the CAS unique " + piece.text(), actual, offset);
                }
                offset += CAS_BYTES_LENGTH;
            } else if (piece.isCasUnique()) {
                int end = endOfDigits(actual, offset);
                if (!casUniques.add(piece.text(), actual.substring(offset, end))) {
                    return describe("the CAS unique " + piece.text(), actual, offset);
                }
                offset = end;
            } else if (piece.kind() == Kind.SECONDS) {
                int end = endOfDigits(actual, actual.startsWith("-", offset) ? offset + 1 : offset);
                if (!isAbout(piece.text(), actual.substring(offset, end))) {
                    return describe(piece.text(), actual, offset);
                }
                offset = end;
            } else if (actual.startsWith(piece.text(), offset)) {
                offset += piece.text().length();
            } else {
                return describe(Texts.escape(Texts.shorten(piece.text(), 4 * EXCERPT_LENGTH)), actual, offset);
            }
        }
        return offset == actual.length() ? "" : describe("nothing more", actual, offset);
    }

    private static String describe(String expected, String actual, int offset) {
        int from = Math.max(0, offset - EXCERPT_LENGTH);
        return "after \"" + Texts.escape(actual.substring(from, offset)) + "\": expected \"" + expected
                + "\", but received \"" + Texts.escape(Texts.shorten(actual.substring(offset), 4 * EXCERPT_LENGTH))
                + '"';
    }

    private static boolean isAbout(String expected, String actual) {
        if (expected.equals(actual) || (isNegative(expected) && isNegative(actual))) {
            return true;
        }
        return !expected.equals("-1")
                && actual.matches("-?\\d{1,18}")
                && Math.abs(Long.parseLong(expected) - Long.parseLong(actual)) <= SECONDS_DIFFERENCE_MAX;
    }

    /** Returns whether a time to live is negative, as an unsigned number. For an expired item it depends on the age of the server. */
    private static boolean isNegative(String seconds) {
        return seconds.matches("\\d{10}") && (int) Long.parseLong(seconds) < 0;
    }

    private static int endOfDigits(String text, int from) {
        int end = from;
        while (end < text.length() && Character.isDigit(text.charAt(end))) {
            end++;
        }
        return end;
    }
}
