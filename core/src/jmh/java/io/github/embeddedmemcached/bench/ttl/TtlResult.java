package io.github.embeddedmemcached.bench.ttl;

/**
 * The result of a run.
 *
 * @param gets the number of gets
 * @param misses the number of gets that missed
 * @param items the mean number of items during the second half of the run, including expired ones that have not been removed
 * @param bytes the mean of their bytes
 * @param allocatedBytes the memory that memcached has allocated for items, 0 for the others
 * @param secondsLate by how much requests were late at most
 */
record TtlResult(long gets, long misses, double items, double bytes, double allocatedBytes, double secondsLate) {
    double missRatio() {
        return (double) misses / gets;
    }
}
