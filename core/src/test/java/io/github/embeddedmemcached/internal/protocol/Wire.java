package io.github.embeddedmemcached.internal.protocol;

import java.io.IOException;

/** Converts the lines of a transcript to the bytes of a protocol, and back. */
public interface Wire {
    /** The text protocol, whose lines are unchanged. */
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

    /** Returns the bytes to send, as the chars 0 to 255. */
    String encode(String lines);

    /** Receives the bytes of a number of reply lines. */
    String receive(TranscriptTarget target, int lines) throws IOException;

    /** Returns the lines for received bytes. */
    String decode(String bytes);
}
