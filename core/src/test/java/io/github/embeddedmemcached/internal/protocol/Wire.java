package io.github.embeddedmemcached.internal.protocol;

import java.io.IOException;

/** How the lines of a transcript look on the wire. */
public interface Wire {
    /** As they are. */
    Wire TEXT = new Wire() {
        @Override
        public String encode(String lines) {
            return lines;
        }

        @Override
        public String receive(TranscriptTarget target, int lines) throws IOException {
            return target.receive(lines);
        }

        @Override
        public String decode(String bytes) {
            return bytes;
        }
    };

    /** Bytes to send, as the chars 0 to 255. */
    String encode(String lines);

    /** Bytes that are answered: so many lines, or as many as come. */
    String receive(TranscriptTarget target, int lines) throws IOException;

    /** The lines that were answered. */
    String decode(String bytes);
}
