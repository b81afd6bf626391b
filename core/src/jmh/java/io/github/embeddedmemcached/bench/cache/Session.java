package io.github.embeddedmemcached.bench.cache;

import io.github.embeddedmemcached.cache.Codec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A small object with text and numbers.
 *
 * @param user the name of a user
 * @param since a time in milliseconds
 * @param visits a number
 */
record Session(String user, long since, int visits) {
    /** Writes the numbers, then the text to the end. */
    static final class SessionCodec implements Codec<Session> {
        private static final int NUMBER_BYTES = Long.BYTES + Integer.BYTES;

        @Override
        public byte[] encode(Session session) {
            byte[] user = session.user.getBytes(StandardCharsets.UTF_8);
            return ByteBuffer.allocate(NUMBER_BYTES + user.length)
                    .putLong(session.since)
                    .putInt(session.visits)
                    .put(user)
                    .array();
        }

        @Override
        public Session decode(byte[] bytes) {
            ByteBuffer source = ByteBuffer.wrap(bytes);
            long since = source.getLong();
            int visits = source.getInt();
            String user = new String(bytes, NUMBER_BYTES, bytes.length - NUMBER_BYTES, StandardCharsets.UTF_8);
            return new Session(user, since, visits);
        }
    }
}
