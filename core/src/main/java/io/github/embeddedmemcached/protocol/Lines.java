package io.github.embeddedmemcached.protocol;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.ListIterator;

/** An answer of many lines that are known already, or are cheap to make. */
final class Lines implements LongAnswer {
    private final ListIterator<String> lines;

    /** Each with its line end. */
    Lines(List<String> lines) {
        this.lines = lines.listIterator();
    }

    @Override
    public boolean proceed(ReplyBuffer output) {
        while (lines.hasNext() && !output.isFull()) {
            put(lines.next(), output);
        }
        if (lines.hasNext()) {
            return false;
        }
        output.put(Reply.END.line);
        return true;
    }

    private void put(String line, ReplyBuffer output) {
        boolean isDone = false;
        try {
            output.put(line.getBytes(StandardCharsets.ISO_8859_1));
            isDone = true;
        } finally {
            if (!isDone) {
                lines.previous(); // there was no memory: the line is next again
            }
        }
    }
}
