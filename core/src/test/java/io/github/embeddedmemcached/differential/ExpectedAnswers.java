package io.github.embeddedmemcached.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What another server is to answer: the same bytes as this one, but for the CAS uniques in them. */
final class ExpectedAnswers {
    /** How many bytes around the first difference are shown. */
    private static final int SHOWN_LENGTH = 60;

    /** Seconds may differ by so many: the servers' clocks tick at different moments. */
    private static final long SECONDS_APART_MAX = 3;

    private static final int CAS_BYTES_LENGTH = Packet.HEADER_LENGTH - Packet.CAS_OFFSET;

    private static final Pattern META_NUMBER = Pattern.compile("(?<=[ ](?:c|t|l|exp=|la=|cas=))-?\\d+(?=[ \r])");

    private enum Kind {
        LITERAL,
        CAS_UNIQUE,
        CAS_BYTES,
        SECONDS
    }

    /** A part of ours. */
    private record Piece(Kind kind, String text) {
        boolean isCasUnique() {
            return kind == Kind.CAS_UNIQUE || kind == Kind.CAS_BYTES;
        }
    }

    private final List<Piece> pieces = new ArrayList<>();
    private int lineEnds;
    private int length;

    void add(Exchange exchange) {
        String answer = exchange.answer();
        lineEnds += (int) answer.chars().filter(c -> c == '\n').count();
        length += answer.length();
        String line = exchange.line();
        if (exchange.wire() == Wire.BINARY) {
            addPackets(answer);
        } else if (line.startsWith("gets ") || line.startsWith("gats ")) {
            addValues(answer);
        } else if (line.startsWith("m")) {
            addMeta(answer);
        } else {
            addLiteral(answer);
        }
    }

    private void addPackets(String answer) {
        int at = 0;
        while (at < answer.length()) {
            Packet packet = new Packet(answer.substring(at));
            int end = at + (int) packet.length();
            addLiteral(answer.substring(at, at + Packet.CAS_OFFSET));
            pieces.add(new Piece(Kind.CAS_BYTES, Long.toUnsignedString(packet.casUnique())));
            addLiteral(answer.substring(at + Packet.HEADER_LENGTH, end));
            at = end;
        }
    }

    // HD|VA <bytes>|... <flag>*\r\n[<value>\r\n]
    // ME <key> exp=<seconds> la=<seconds> cas=<cas unique> ...\r\n
    private void addMeta(String answer) {
        int lineEnd = answer.indexOf('\n') + 1;
        Matcher number = META_NUMBER.matcher(answer.substring(0, lineEnd));
        int at = 0;
        while (number.find()) {
            addLiteral(answer.substring(at, number.start()));
            char before = answer.charAt(number.start() - 1);
            boolean isCas = before == 'c' || answer.startsWith(" cas=", number.start() - 5);
            pieces.add(new Piece(isCas ? Kind.CAS_UNIQUE : Kind.SECONDS, number.group()));
            at = number.end();
        }
        addLiteral(answer.substring(at));
    }

    // VALUE <key> <flags> <bytes> <cas unique>\r\n<value>\r\n ... END\r\n
    private void addValues(String answer) {
        int at = 0;
        while (answer.startsWith("VALUE ", at)) {
            int lineEnd = answer.indexOf('\n', at) - 1;
            String[] words = answer.substring(at, lineEnd).split(" ");
            String casUnique = words[words.length - 1];
            addLiteral(answer.substring(at, lineEnd - casUnique.length()));
            pieces.add(new Piece(Kind.CAS_UNIQUE, casUnique));
            int end = lineEnd + 2 + Integer.parseInt(words[words.length - 2]) + 2;
            addLiteral(answer.substring(lineEnd, end));
            at = end;
        }
        addLiteral(answer.substring(at));
    }

    /** The CAS uniques of ours that are in the answers. */
    List<String> casUniques() {
        return pieces.stream().filter(Piece::isCasUnique).map(Piece::text).toList();
    }

    /** Changes the lines of a fetch's answer that begin with VALUE. */
    static String mapHeaders(String answer, UnaryOperator<String> change) {
        StringBuilder mapped = new StringBuilder();
        int at = 0;
        while (answer.startsWith("VALUE ", at)) {
            int lineEnd = answer.indexOf('\n', at) - 1;
            String header = answer.substring(at, lineEnd);
            int end = lineEnd + 2 + Integer.parseInt(header.split(" ")[3]) + 2;
            mapped.append(change.apply(header)).append(answer, lineEnd, end);
            at = end;
        }
        return mapped.append(answer, at, answer.length()).toString();
    }

    private void addLiteral(String text) {
        if (!text.isEmpty()) {
            pieces.add(new Piece(Kind.LITERAL, text));
        }
    }

    boolean isEmpty() {
        return pieces.isEmpty();
    }

    int lineEnds() {
        return lineEnds;
    }

    int length() {
        return length;
    }

    /** Compares, and learns CAS uniques; empty if all is as expected, otherwise what isn't. */
    String difference(String actual, CasUniques casUniques) {
        int at = 0;
        for (Piece piece : pieces) {
            if (piece.kind() == Kind.CAS_BYTES && actual.length() - at >= CAS_BYTES_LENGTH) {
                String bytes = actual.substring(at, at + CAS_BYTES_LENGTH);
                long theirs = new Packet("\0".repeat(Packet.CAS_OFFSET) + bytes).casUnique();
                if (!casUniques.learn(piece.text(), Long.toUnsignedString(theirs))) {
                    return shown("the CAS unique " + piece.text(), actual, at);
                }
                at += CAS_BYTES_LENGTH;
            } else if (piece.isCasUnique()) {
                int end = endOfDigits(actual, at);
                if (!casUniques.learn(piece.text(), actual.substring(at, end))) {
                    return shown("the CAS unique " + piece.text(), actual, at);
                }
                at = end;
            } else if (piece.kind() == Kind.SECONDS) {
                int end = endOfDigits(actual, actual.startsWith("-", at) ? at + 1 : at);
                if (!isAbout(piece.text(), actual.substring(at, end))) {
                    return shown(piece.text(), actual, at);
                }
                at = end;
            } else if (actual.startsWith(piece.text(), at)) {
                at += piece.text().length();
            } else {
                return shown(Texts.shown(Texts.cut(piece.text(), 4 * SHOWN_LENGTH)), actual, at);
            }
        }
        return at == actual.length() ? "" : shown("nothing more", actual, at);
    }

    private static String shown(String expected, String actual, int at) {
        int from = Math.max(0, at - SHOWN_LENGTH);
        return "after \"" + Texts.shown(actual.substring(from, at)) + "\" should come \"" + expected
                + "\", and there came \"" + Texts.shown(Texts.cut(actual.substring(at), 4 * SHOWN_LENGTH)) + '"';
    }

    private static boolean isAbout(String expected, String actual) {
        if (expected.equals(actual) || (isLongAgo(expected) && isLongAgo(actual))) {
            return true;
        }
        return !expected.equals("-1")
                && actual.matches("-?\\d{1,18}")
                && Math.abs(Long.parseLong(expected) - Long.parseLong(actual)) <= SECONDS_APART_MAX;
    }

    /** An item that was just told to expire has less than 0 seconds left, as an unsigned number: how many, tells the server's age. */
    private static boolean isLongAgo(String seconds) {
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
