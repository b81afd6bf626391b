package io.github.embeddedmemcached.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteSearchTest {
    private static final int LENGTH = 40;

    /** Bytes that differ in few bits from a space or a newline, which is where a search in words could be wrong, and others. */
    private static final byte[] OTHERS = {0, 0x0B, '\r', 0x1F, '!', 'a', (byte) 0x8A, (byte) 0xA0, (byte) 0xFF};

    private final Random random = new Random(1);

    @Test
    void shouldFindEndOfTokenAtAnyPosition() {
        for (byte end : new byte[] {' ', '\n'}) {
            for (int position = 0; position < LENGTH; position++) {
                for (int from = 0; from <= position; from++) {
                    byte[] bytes = withoutEnds();
                    bytes[position] = end;
                    for (int to = from; to <= LENGTH; to++) {
                        assertThat(ByteSearch.endOfToken(bytes, from, to)).isEqualTo(Math.min(position, to));
                    }
                }
            }
        }
    }

    @Test
    void shouldFindFirstOfSeveralEnds() {
        for (int round = 0; round < 100_000; round++) {
            byte[] bytes = withoutEnds();
            for (int i = 0; i < 4; i++) {
                bytes[random.nextInt(LENGTH)] = (byte) (random.nextBoolean() ? ' ' : '\n');
            }
            int from = random.nextInt(LENGTH);
            int to = from + random.nextInt(LENGTH - from + 1);
            int expected = from;
            while (expected < to && bytes[expected] != ' ' && bytes[expected] != '\n') {
                expected++;
            }
            assertThat(ByteSearch.endOfToken(bytes, from, to)).isEqualTo(expected);
        }
    }

    private byte[] withoutEnds() {
        byte[] bytes = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            bytes[i] = OTHERS[random.nextInt(OTHERS.length)];
        }
        return bytes;
    }
}
