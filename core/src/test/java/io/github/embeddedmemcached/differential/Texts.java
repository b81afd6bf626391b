package io.github.embeddedmemcached.differential;

/** Bytes as they are shown: in the way transcripts write them. */
final class Texts {
    /** So many equal bytes or more are written as {x*n}. */
    private static final int REPETITION_MIN = 8;

    private Texts() {}

    static String cut(String text, int length) {
        return text.length() <= length
                ? text
                : text.substring(0, length) + "... (" + (text.length() - length) + " bytes more)";
    }

    /** Escapes what is no visible ASCII, and shortens repetitions. */
    static String shown(String text) {
        StringBuilder shown = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            int end = at + 1;
            while (end < text.length() && text.charAt(end) == text.charAt(at)) {
                end++;
            }
            String escaped = escaped(text.charAt(at));
            if (end - at >= REPETITION_MIN && !escaped.equals("{") && !escaped.equals("}") && !escaped.equals("*")) {
                shown.append('{').append(escaped).append('*').append(end - at).append('}');
            } else {
                shown.append(escaped.repeat(end - at));
            }
            at = end;
        }
        return shown.toString();
    }

    /** The lines of a transcript that send or expect these bytes. */
    static String transcriptLines(String prefix, String text) {
        StringBuilder lines = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            int end = text.indexOf("\r\n", at);
            lines.append(prefix);
            if (end < 0) {
                lines.append(shown(text.substring(at))).append("\\c\n");
                at = text.length();
            } else {
                String line = shown(text.substring(at, end));
                lines.append(line.endsWith(" ") ? line.substring(0, line.length() - 1) + "\\s" : line)
                        .append('\n');
                at = end + 2;
            }
        }
        return lines.toString();
    }

    private static String escaped(char c) {
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
