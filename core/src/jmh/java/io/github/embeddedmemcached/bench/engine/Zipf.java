package io.github.embeddedmemcached.bench.engine;

import java.util.Arrays;
import java.util.Random;

/** Numbers from 0 on, the k-th with a probability as 1 / (k + 1)^skew; small ones are the popular ones. */
public final class Zipf {
    private final double[] cumulative;
    private final Random random;

    /** Of so many numbers. */
    public Zipf(int numbers, double skew, long seed) {
        cumulative = new double[numbers];
        random = new Random(seed);
        double sum = 0;
        for (int i = 0; i < numbers; i++) {
            sum += Math.pow(i + 1, -skew);
            cumulative[i] = sum;
        }
    }

    /** The next one. */
    public int next() {
        double drawn = random.nextDouble() * cumulative[cumulative.length - 1];
        int found = Arrays.binarySearch(cumulative, drawn);
        return Math.min(found < 0 ? -found - 1 : found, cumulative.length - 1);
    }
}
