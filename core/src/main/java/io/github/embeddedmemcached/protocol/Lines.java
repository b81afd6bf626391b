package io.github.embeddedmemcached.protocol;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** An answer of many lines that are known already, or are cheap to make. */
final class Lines implements LongAnswer {
    private final List<String> lines;
    private int next;

    /** Each with its line end. */
    Lines(List<String> lines) {
        this.lines = lines;
    }

    @Override
    public boolean proceed(ReplyBuffer output) {
        while (next < lines.size() && !output.isFull()) {
            output.put(lines.get(next).getBytes(StandardCharsets.ISO_8859_1));
            next++; // last: a line for which there was no memory is put again
        }
        if (next < lines.size()) {
            return false;
        }
        output.put(Reply.END.line);
        return true;
    }
}
