package io.github.embeddedmemcached.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;

/** An answer of many lines that are known already, or are cheap to make. */
final class Lines implements LongAnswer {
    private final Iterator<String> lines;

    /** Each with its line end. */
    Lines(List<String> lines) {
        this.lines = lines.iterator();
    }

    @Override
    public boolean proceed(ReplyBuffer output) {
        while (lines.hasNext() && !output.isFull()) {
            output.put(lines.next().getBytes(StandardCharsets.ISO_8859_1));
        }
        if (lines.hasNext()) {
            return false;
        }
        output.put(Reply.END.line);
        return true;
    }
}
