package io.github.embeddedmemcached.differential;

import java.util.List;
import java.util.Random;

/** Random numbers, bytes and choices. */
record RandomChoices(Random random) {
    /** Returns a number from 0 to the bound, exclusive. */
    int below(int bound) {
        return random.nextInt(bound);
    }

    /** Returns true with the probability 1/n. */
    boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    String of(String... values) {
        return values[random.nextInt(values.length)];
    }

    <T> T of(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    /** Returns random bytes, as the chars 0 to 255. */
    String bytes(int length) {
        StringBuilder bytes = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            bytes.append((char) random.nextInt(256));
        }
        return bytes.toString();
    }
}
