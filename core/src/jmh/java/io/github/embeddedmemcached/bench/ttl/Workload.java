package io.github.embeddedmemcached.bench.ttl;

import io.github.embeddedmemcached.bench.engine.Zipf;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * Requests generated from the statistics of a cluster, in scaled time: the median TTL becomes {@value #MEDIAN_TTL_SECONDS} seconds, so that
 * a run of some seconds contains several lifetimes of an item. TTLs are whole seconds, at least one.
 *
 * <ul>
 *   <li>Popular keys have the cluster's Zipf skew, and are replaced by new ones as fast as the working set of the week exceeds that within
 *       a TTL. The share of objects that are requested once is that of the cluster; these are set rather than fetched, as far as there
 *       are sets.
 *   <li>The requests per key and TTL follow from the request rate and the working set, within limits.
 *   <li>A get that misses stores the item with the probability with which a miss did in the cluster, at most 1: the share of sets divided
 *       by that of misses. Other sets do not depend on misses. Commands that are neither gets nor sets count as gets.
 *   <li>The size of a value and its TTL depend on the key; sizes have a narrow lognormal distribution, as memcached allocates a page for each
 *       slab class. Small values are enlarged, so that the items that are alive occupy several pages of each class.
 * </ul>
 */
final class Workload {
    static final int MEDIAN_TTL_SECONDS = 3;
    static final int ITEM_OVERHEAD = 50;

    private static final double WEEK_SECONDS = 7 * 86_400;
    private static final double SIZE_SIGMA = 0.15;
    private static final int VALUE_BYTES_MAX = 500_000;
    private static final int TTL_MAX = 1_000_000;
    private static final double DEFAULT_SKEW = 0.8;
    private static final double DEFAULT_REQUESTS_PER_KEY = 5;
    private static final double REQUESTS_PER_KEY_MIN = 1.5;
    private static final double REQUESTS_PER_KEY_MAX = 8;
    private static final double DEFAULT_TURNOVER = 0.5;
    private static final double TURNOVER_MIN = 0.05;
    private static final long WORKING_SET_BYTES = 32 << 20;
    private static final int ONCE = 1 << 30; // the first key that is requested once
    private static final int KEY_DIGITS = 8;
    private static final String PADDING = "k".repeat(250);

    private final Cluster cluster;
    private final double seconds;
    private final double timeScale;
    private final int[] keys;
    private final boolean[] isSet;
    private final boolean[] fillsMiss;
    private final double onceShare;
    private double valueScale = 1;

    /** Generates the requests of a run of the given duration, at most the given number. */
    Workload(Cluster cluster, double seconds, int requestsMax) {
        this.cluster = cluster;
        this.seconds = seconds;
        double ttl = cluster.medianTtl();
        timeScale = MEDIAN_TTL_SECONDS / ttl;
        double periods = seconds / MEDIAN_TTL_SECONDS;
        double itemBytes = cluster.keyBytes() + cluster.valueBytes() + ITEM_OVERHEAD;
        double perKey = DEFAULT_REQUESTS_PER_KEY;
        double turnover = DEFAULT_TURNOVER;
        if (cluster.workingSet() > 0) {
            double items = cluster.workingSet() * (1 << 20) / (itemBytes - ITEM_OVERHEAD);
            perKey = clamp(cluster.requestsPerSecond() * ttl / items, REQUESTS_PER_KEY_MIN, REQUESTS_PER_KEY_MAX);
            turnover = clamp(cluster.workingSetOfWeek() / cluster.workingSet() / (WEEK_SECONDS / ttl), TURNOVER_MIN, 1);
        }
        double active = Math.min(WORKING_SET_BYTES / itemBytes, requestsMax / (perKey * periods));
        onceShare = cluster.oneHitShare() / perKey;
        int requests = (int) (active * perKey * periods);
        keys = new int[requests];
        isSet = new boolean[requests];
        fillsMiss = new boolean[requests];
        int popular = (int) Math.max(1, active * (1 - cluster.oneHitShare()));
        generate(popular, turnover * popular * periods / requests);
    }

    private static double clamp(double value, double min, double max) {
        return Math.max(min, Math.min(max, value));
    }

    private void generate(int popular, double replacedPerRequest) {
        double misses = (1 - cluster.setShare()) * cluster.missRatio();
        double fillProbability = misses == 0 ? 1 : Math.min(1, cluster.setShare() / misses);
        double setShare = Math.max(0, cluster.setShare() - misses);
        double setShareOfOnce = onceShare == 0 ? 0 : Math.min(1, setShare / onceShare);
        double setShareOfPopular = (setShare - setShareOfOnce * onceShare) / (1 - onceShare);
        Random random = new Random(1);
        Zipf zipf = new Zipf(popular, cluster.skew() == 0 ? DEFAULT_SKEW : cluster.skew(), 2);
        int[] names = new int[popular];
        for (int i = 0; i < popular; i++) {
            names[i] = i;
        }
        int unused = popular;
        int once = ONCE;
        for (int i = 0; i < keys.length; i++) {
            if (random.nextDouble() < replacedPerRequest) {
                names[random.nextInt(popular)] = unused++;
            }
            boolean isOnce = random.nextDouble() < onceShare;
            keys[i] = isOnce ? once++ : names[zipf.next()];
            isSet[i] = random.nextDouble() < (isOnce ? setShareOfOnce : setShareOfPopular);
            fillsMiss[i] = random.nextDouble() < fillProbability;
        }
    }

    Cluster cluster() {
        return cluster;
    }

    int requests() {
        return keys.length;
    }

    double seconds() {
        return seconds;
    }

    /** Returns by how much time is shorter than in the cluster. */
    double timeScale() {
        return timeScale;
    }

    /** Returns when a request is sent, in seconds since the start. */
    double due(int request) {
        return seconds * request / keys.length;
    }

    boolean isSet(int request) {
        return isSet[request];
    }

    /** Returns whether the item is stored if this get misses. */
    boolean fillsMiss(int request) {
        return fillsMiss[request];
    }

    int id(int request) {
        return keys[request];
    }

    String key(int request) {
        String digits = Integer.toHexString(keys[request]);
        int padding = Math.max(0, cluster.keyBytes() - KEY_DIGITS) + KEY_DIGITS - digits.length();
        return PADDING.substring(0, padding) + digits;
    }

    /** Enlarges all values by a factor. */
    void enlargeValues(double factor) {
        valueScale *= factor;
    }

    double meanValueBytes() {
        return cluster.valueBytes() * valueScale;
    }

    int valueBytes(int request) {
        SplittableRandom random = new SplittableRandom(keys[request]);
        double normal = Math.sqrt(-2 * Math.log(1 - random.nextDouble())) * Math.cos(2 * Math.PI * random.nextDouble());
        double size = meanValueBytes() * Math.exp(SIZE_SIGMA * normal - SIZE_SIGMA * SIZE_SIGMA / 2);
        return (int) clamp(size, 1, VALUE_BYTES_MAX);
    }

    int itemBytes(int request) {
        return cluster.keyBytes() + valueBytes(request) + ITEM_OVERHEAD;
    }

    /** Returns the TTL in seconds of scaled time. */
    int ttl(int request) {
        double total = cluster.ttls().stream().mapToDouble(Cluster.Ttl::share).sum();
        double sample = new SplittableRandom(~(long) keys[request]).nextDouble() * total;
        for (Cluster.Ttl ttl : cluster.ttls()) {
            sample -= ttl.share();
            if (sample < 0) {
                return (int) clamp(Math.round(ttl.seconds() * timeScale), 1, TTL_MAX);
            }
        }
        return MEDIAN_TTL_SECONDS;
    }
}
