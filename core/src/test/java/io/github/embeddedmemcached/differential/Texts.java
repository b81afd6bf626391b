package io.github.embeddedmemcached.differential;

/** Formats bytes in the syntax of transcripts. */
final class Texts {
    /** The minimum number of equal bytes that are written as {x*n}. */
    private static final int REPETITION_MIN = 8;

    private Texts() {}

    static String shorten(String text, int length) {
        return text.length() <= length
                ? text
                : text.substring(0, length) + "... (" + (text.length() - length) + " more bytes)";
    }

    /** Escapes all characters except visible ASCII, and shortens repetitions. */
    static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        int start = 0;
        while (start < text.length()) {
            int end = start + 1;
            while (end < text.length() && text.charAt(end) == text.charAt(start)) {
                end++;
            }
            String character = escape(text.charAt(start));
            if (end - start >= REPETITION_MIN
                    && !character.equals("{")
                    && !character.equals("}")
                    && !character.equals("*")) {
                escaped.append('{')
                        .append(character)
                        .append('*')
                        .append(end - start)
                        .append('}');
            } else {
                escaped.append(character.repeat(end - start));
            }
            start = end;
        }
        return escaped.toString();
    }

    /** Returns the lines of a transcript that send or expect the bytes. */
    static String transcriptLines(String prefix, String text) {
        StringBuilder lines = new StringBuilder();
        int start = 0;
        while (start < text.length()) {
            int end = text.indexOf("\r\n", start);
            lines.append(prefix);
            if (end < 0) {
                lines.append(escape(text.substring(start))).append("\\c\n");
                start = text.length();
            } else {
                String line = escape(text.substring(start, end));
                lines.append(line.endsWith(" ") ? line.substring(0, line.length() - 1) + "\\s" : line)
                        .append('\n');
                start = end + 2;
            }
        }
        return lines.toString();
    }

    private static String escape(char c) {
        return switch (c) {
            case '\r' -> "\\r";
            case '\n' -> "\\n";
            case '\t' -> "\\t";
            case '\0' -> "\\0";
            case '\\' -> "\\\\";
            case Conversation.LAST_CAS -> "$cas";
            case Conversation.FIRST_CAS -> "$cas1";
            default -> c >= ' ' && c < 0x7f ? String.valueOf(c) : String.format("\\x%02x", (int) c);
        };
    }
}
