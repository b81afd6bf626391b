package io.github.embeddedmemcached.internal.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.engine.log.ValueLease;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutputBufferTest {
    private static final byte[] HEAD = {'V', ' '};
    private static final byte[] END = {'\r', '\n'};

    private final OutputBuffer buffer = new OutputBuffer(ByteBuffer.allocateDirect(OutputBuffer.WIRE_LENGTH));
    private final Channel channel = new Channel();

    @ParameterizedTest
    @CsvSource({"false, 65600", "false, 102400", "false, 262144", "true, 102400", "true, 1048576"})
    void shouldWriteValueWithTheBytesAroundItByOneCall(boolean isDirect, int length) throws IOException {
        byte[] value = put(isDirect, length);

        assertThat(buffer.writeTo(channel)).isEqualTo(length + 4L);

        assertThat(channel.writes).isEqualTo(1);
        assertThat(channel.written()).isEqualTo(reply(value));
        assertThat(buffer.isEmpty()).isTrue();
    }

    @Test
    void shouldWriteValueThatFitsIntoTheBufferFromThere() throws IOException {
        byte[] value = put(false, 60_000);

        buffer.writeTo(channel);

        assertThat(channel.gatheringWrites).isZero();
        assertThat(channel.written()).isEqualTo(reply(value));
    }

    @Test
    void shouldOfferLongValueInAnArrayInParts() throws IOException {
        byte[] value = put(false, 1 << 20);

        buffer.writeTo(channel);

        assertThat(channel.longestOffer).isLessThanOrEqualTo(256 * 1024);
        assertThat(channel.written()).isEqualTo(reply(value));
        assertThat(buffer.isEmpty()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"false, 102400", "true, 102400", "false, 1048576"})
    void shouldContinueAfterPartialWrite(boolean isDirect, int length) throws IOException {
        byte[] value = put(isDirect, length);
        channel.acceptedMax = 30_000;

        while (!buffer.isEmpty()) {
            assertThat(buffer.writeTo(channel)).isPositive();
        }

        assertThat(channel.written()).isEqualTo(reply(value));
    }

    private byte[] put(boolean isDirect, int length) {
        byte[] value = new byte[length];
        new Random(length).nextBytes(value);
        ByteBuffer source =
                isDirect ? ByteBuffer.allocateDirect(length).put(value).flip() : ByteBuffer.wrap(value);
        buffer.replies().put(HEAD);
        buffer.replies().putLarge(ValueLease.of(source));
        buffer.replies().put(END);
        return value;
    }

    private static byte[] reply(byte[] value) {
        return ByteBuffer.allocate(value.length + 4)
                .put(HEAD)
                .put(value)
                .put(END)
                .array();
    }

    /** Accepts a limited number of bytes for each call. */
    private static final class Channel implements GatheringByteChannel {
        private final ByteArrayOutputStream all = new ByteArrayOutputStream();
        private int acceptedMax = Integer.MAX_VALUE;
        private int writes;
        private int gatheringWrites;
        private int longestOffer;

        @Override
        public int write(ByteBuffer source) {
            return accept(source);
        }

        @Override
        public long write(ByteBuffer[] sources) {
            return write(sources, 0, sources.length);
        }

        @Override
        public long write(ByteBuffer[] sources, int offset, int length) {
            gatheringWrites++;
            return accept(Arrays.copyOfRange(sources, offset, offset + length));
        }

        private int accept(ByteBuffer... sources) {
            writes++;
            int offered = 0;
            int accepted = 0;
            for (ByteBuffer source : sources) {
                offered += source.remaining();
                byte[] part = new byte[Math.min(source.remaining(), acceptedMax - accepted)];
                source.get(part);
                all.writeBytes(part);
                accepted += part.length;
            }
            longestOffer = Math.max(longestOffer, offered);
            return accepted;
        }

        byte[] written() {
            return all.toByteArray();
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
