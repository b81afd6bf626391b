package io.github.embeddedmemcached.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.internal.engine.log.ValueLease;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReplyBufferTest {
    private static final int HIGH_WATER = 100;

    private final ReplyBuffer buffer = new ReplyBuffer(HIGH_WATER);

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private String drain(int count) {
        ByteBuffer target = ByteBuffer.allocate(count);
        int moved = buffer.drainTo(target);
        assertThat(moved).isEqualTo(target.position());
        return new String(target.array(), 0, moved, StandardCharsets.ISO_8859_1);
    }

    @Test
    void shouldBeEmptyInitially() {
        assertThat(buffer.isEmpty()).isTrue();
        assertThat(buffer.isFull()).isFalse();
        assertThat(buffer.size()).isZero();
        assertThat(drain(10)).isEmpty();
    }

    @Test
    void shouldDrainAsManyBytesAsFit() {
        buffer.put(bytes("one "));
        buffer.put(bytes("two "));
        assertThat(drain(3)).isEqualTo("one");
        buffer.put(bytes("three"));
        assertThat(drain(4)).isEqualTo(" two");
        assertThat(buffer.size()).isEqualTo(6);
        assertThat(drain(100)).isEqualTo(" three");
        assertThat(buffer.isEmpty()).isTrue();
    }

    @Test
    void shouldBeFullAtHighWaterMark() {
        buffer.put(new byte[HIGH_WATER - 1]);
        assertThat(buffer.isFull()).isFalse();
        buffer.put(new byte[1]);
        assertThat(buffer.isFull()).isTrue();
        drain(1);
        assertThat(buffer.isFull()).isFalse();
    }

    @Test
    void shouldDrainLargeValueBetweenHeaderAndEnd() {
        buffer.put(bytes("VALUE "));
        buffer.putLarge(ValueLease.of(ByteBuffer.wrap(bytes("..large.."), 2, 5)));
        buffer.put(bytes(" END"));

        assertThat(buffer.size()).isEqualTo(15);
        assertThat(buffer.isFull()).isTrue();
        assertThat(drain(8)).isEqualTo("VALUE la");
        assertThat(buffer.isFull()).isTrue();
        assertThat(drain(3)).isEqualTo("rge");
        assertThat(buffer.isFull()).isFalse();
        buffer.put(bytes(" more"));
        assertThat(drain(100)).isEqualTo(" END more");
        assertThat(buffer.isEmpty()).isTrue();
    }

    @Test
    void shouldKeepOrderOfLargeValueWhenGrowing() {
        buffer.put(bytes("a".repeat(500)));
        buffer.putLarge(ValueLease.of(ByteBuffer.wrap(bytes("LARGE"), 0, 5)));
        assertThat(drain(400)).isEqualTo("a".repeat(400));
        buffer.put(bytes("b".repeat(5000)));

        assertThat(drain(10_000)).isEqualTo("a".repeat(100) + "LARGE" + "b".repeat(5000));
    }

    @Test
    void shouldUseTheBufferOfTheLeaseSoThatALargeValueNeedsNoMemory() {
        ValueLease lease = ValueLease.of(ByteBuffer.wrap(bytes("LARGE"), 0, 5));
        buffer.put(bytes("VALUE "));
        buffer.putLarge(lease);
        assertThat(drain(8)).isEqualTo("VALUE LA");
        assertThat(lease.ownBuffer().remaining()).isEqualTo(3);
        assertThat(lease.ownBuffer()).isSameAs(lease.ownBuffer());
    }

    @Test
    void shouldWriteContiguousBytes() throws IOException {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        WritableByteChannel channel = Channels.newChannel(written);
        buffer.put(bytes("VALUE "));
        assertThat(buffer.runLength()).isEqualTo(6);
        buffer.putLarge(ValueLease.of(ByteBuffer.wrap(bytes("..large.."), 2, 5)));
        buffer.put(bytes(" END"));

        assertThat(buffer.runLength()).isEqualTo(6);
        assertThat(buffer.writeRun(channel, 6)).isEqualTo(6);
        assertThat(buffer.runLength()).isEqualTo(5);
        assertThat(buffer.writeRun(channel, 2)).isEqualTo(2);
        assertThat(buffer.runLength()).isEqualTo(3);
        assertThat(buffer.writeRun(channel, 3)).isEqualTo(3);
        assertThat(buffer.runLength()).isEqualTo(4);
        assertThat(buffer.writeRun(channel, 4)).isEqualTo(4);
        assertThat(buffer.isEmpty()).isTrue();
        assertThat(written).hasToString("VALUE large END");
    }

    @Test
    void shouldRejectSecondLargeValue() {
        buffer.putLarge(ValueLease.of(ByteBuffer.wrap(new byte[5], 0, 5)));
        assertThatThrownBy(() -> buffer.putLarge(ValueLease.of(ByteBuffer.wrap(new byte[5], 0, 5))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("drain the first");
        drain(5);
        buffer.putLarge(ValueLease.of(ByteBuffer.wrap(new byte[5], 0, 5)));
        assertThat(buffer.size()).isEqualTo(5);
    }

    @Test
    void shouldRejectHighWaterMarkOfZero() {
        assertThatThrownBy(() -> new ReplyBuffer(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldBehaveLikeByteQueue() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            ReplyBuffer tested = new ReplyBuffer(1 + random.nextInt(300));
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            ByteArrayOutputStream actual = new ByteArrayOutputStream();
            for (int i = 0; i < 200; i++) {
                byte[] some = new byte[random.nextInt(600)];
                random.nextBytes(some);
                if (random.nextInt(4) == 0 && !tested.isFull() && some.length > 2) {
                    tested.putLarge(ValueLease.of(ByteBuffer.wrap(some, 1, some.length - 2)));
                    expected.write(some, 1, some.length - 2);
                } else {
                    tested.put(some);
                    expected.writeBytes(some);
                }
                ByteBuffer target = ByteBuffer.allocate(random.nextInt(900));
                tested.drainTo(target);
                actual.write(target.array(), 0, target.position());
                assertThat(tested.size()).isEqualTo(expected.size() - actual.size());
            }
            actual.writeBytes(tested.takeBytes());
            assertThat(Arrays.equals(actual.toByteArray(), expected.toByteArray()))
                    .as("seed %d", seed)
                    .isTrue();
        }
    }
}
