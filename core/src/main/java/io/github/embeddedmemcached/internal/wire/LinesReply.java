package io.github.embeddedmemcached.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** A streamed reply of lines that are created in advance. */
public final class LinesReply implements StreamedReply {
    private static final byte[] END = "END\r\n".getBytes(StandardCharsets.US_ASCII);

    private final List<String> lines;
    private int next;

    /** Creates a reply; each line includes its line end. */
    public LinesReply(List<String> lines) {
        this.lines = lines;
    }

    @Override
    public boolean proceed(ReplyBuffer output) {
        while (next < lines.size() && !output.isFull()) {
            output.put(lines.get(next).getBytes(StandardCharsets.ISO_8859_1));
            next++; // only after the line was written: it is retried if put() ran out of memory
        }
        if (next < lines.size()) {
            return false;
        }
        output.put(END);
        return true;
    }
}
