package io.github.embeddedmemcached.bench.engine;

import java.util.Arrays;
import java.util.Random;

/** Generates Zipf-distributed numbers: the probability of k, from 0, is proportional to 1 / (k + 1)^skew. */
public final class Zipf {
    private final double[] cumulative;
    private final Random random;

    /** Creates a generator of numbers below {@code numbers}. */
    public Zipf(int numbers, double skew, long seed) {
        cumulative = new double[numbers];
        random = new Random(seed);
        double sum = 0;
        for (int i = 0; i < numbers; i++) {
            sum += Math.pow(i + 1, -skew);
            cumulative[i] = sum;
        }
    }

    /** Returns the next number. */
    public int next() {
        double sample = random.nextDouble() * cumulative[cumulative.length - 1];
        int found = Arrays.binarySearch(cumulative, sample);
        return Math.min(found < 0 ? -found - 1 : found, cumulative.length - 1);
    }
}
