package io.github.embeddedmemcached.internal.engine;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import io.github.embeddedmemcached.cache.DeleteResult;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.index.KeyHash;
import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import java.util.HashMap;
import java.util.Map;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Checks that concurrent operations on a partition have the results of some sequential order, with Lincheck. It needs the class
 * path: surefire's execution {@code class-path-tests} runs the tests tagged {@value #TAG}.
 */
@Tag(CacheLinearizabilityTest.TAG)
class CacheLinearizabilityTest {
    static final String TAG = "class-path";

    private static final int KEYS = 3;

    /** The operations; subclasses provide the partition. */
    @Param(name = "key", gen = IntGen.class, conf = "1:3")
    @Param(name = "number", gen = IntGen.class, conf = "1:9")
    public abstract static class Operations {
        final TinyPartition partition;

        Operations(TinyPartition partition) {
            this.partition = partition;
        }

        @Operation
        public StoreResult set(@Param(name = "key") int key, @Param(name = "number") int number) {
            return partition.store(StoreMode.SET, key, number);
        }

        @Operation
        public StoreResult setLarge(@Param(name = "key") int key, @Param(name = "number") int number) {
            return partition.setLarge(key, number);
        }

        @Operation
        public StoreResult add(@Param(name = "key") int key, @Param(name = "number") int number) {
            return partition.store(StoreMode.ADD, key, number);
        }

        @Operation
        public StoreResult replace(@Param(name = "key") int key, @Param(name = "number") int number) {
            return partition.store(StoreMode.REPLACE, key, number);
        }

        @Operation
        public @Nullable Integer get(@Param(name = "key") int key) {
            return partition.get(key);
        }

        @Operation
        public @Nullable Integer getWithChurn(@Param(name = "key") int key) {
            return partition.getWithChurn(key);
        }

        @Operation
        public @Nullable Integer getFast(@Param(name = "key") int key) {
            return partition.getFast(key);
        }

        @Operation
        public DeleteResult delete(@Param(name = "key") int key) {
            return partition.delete(key);
        }

        @Operation
        public boolean evict(@Param(name = "key") int key) {
            return partition.evict(key);
        }

        @Operation
        public void flush() {
            partition.flush();
        }

        /** Not visible to the other operations. */
        @Operation
        public void churn() {
            partition.churn();
        }
    }

    /** Operations on a partition that does not evict: all items fit if the space of deleted items is reclaimed. */
    public static class CompactingOperations extends Operations {
        /** Called by Lincheck. */
        public CompactingOperations() {
            super(new TinyPartition(2, 9, false, KeyHash.withSeed(1)));
            for (int i = 0; i < 4; i++) { // leaves deleted items to be reclaimed
                for (int key = 1; key <= KEYS; key++) {
                    partition.store(StoreMode.SET, key, key);
                }
            }
            partition.churn();
        }

        @Validate
        public void checkIntegrity() {
            partition.checkIntegrity();
        }
    }

    /** The effect of the operations on a map. */
    public static class Specification {
        private final Map<Integer, Integer> items = new HashMap<>();

        /** Called by Lincheck. */
        public Specification() {
            for (int key = 1; key <= KEYS; key++) {
                items.put(key, key);
            }
        }

        public StoreResult set(int key, int number) {
            items.put(key, number);
            return StoreResult.STORED;
        }

        public StoreResult setLarge(int key, int number) {
            return set(key, number);
        }

        public StoreResult add(int key, int number) {
            return items.putIfAbsent(key, number) == null ? StoreResult.STORED : StoreResult.NOT_STORED;
        }

        public StoreResult replace(int key, int number) {
            return items.replace(key, number) == null ? StoreResult.NOT_STORED : StoreResult.STORED;
        }

        public @Nullable Integer get(int key) {
            return items.get(key);
        }

        public @Nullable Integer getWithChurn(int key) {
            return get(key);
        }

        public @Nullable Integer getFast(int key) {
            return get(key);
        }

        public DeleteResult delete(int key) {
            return evict(key) ? DeleteResult.DELETED : DeleteResult.NOT_FOUND;
        }

        public boolean evict(int key) {
            return items.remove(key) != null;
        }

        public void flush() {
            items.clear();
        }

        public void churn() {}
    }

    /** Operations on a partition whose index splits a bucket for each new item: the keys are in the first buckets, which are split first. */
    public static class GrowingOperations extends Operations {
        private static final int ITEMS = 512 * 12 - 2; // just below the number at which the index splits a bucket
        private static final int FIRST = 1_000;

        /** Called by Lincheck. */
        public GrowingOperations() {
            super(new TinyPartition(6, ITEMS / 2, false, new KeyHash(1, 2) {
                @Override
                public long hash(byte[] bytes, int offset, int length) {
                    long hash = super.hash(bytes, offset, length);
                    return length == 1 ? hash & -512 | bytes[offset] & 1 : hash;
                }
            }));
            for (int i = 0; i < ITEMS - KEYS; i++) {
                partition.store(StoreMode.SET, FIRST + i, 0);
            }
            for (int key = 1; key <= KEYS; key++) {
                partition.store(StoreMode.SET, key, key);
            }
        }
    }

    /** Operations on a partition that evicts. */
    public static class EvictingOperations extends Operations {
        /** Called by Lincheck. */
        public EvictingOperations() {
            super(new TinyPartition(2, 6, true, KeyHash.withSeed(1)));
            partition.churn(); // fills it
        }

        @Validate
        public void checkIntegrity() {
            partition.checkIntegrity();
        }
    }

    @Test
    void shouldBeLinearizableWhileSegmentsAreCompactedAndReused() {
        stress(5, 300).sequentialSpecification(Specification.class).check(CompactingOperations.class);
    }

    @Test
    void shouldBeLinearizableExceptForEvictionsWhileItemsAreEvicted() {
        stressWithFewerOperations(5, 300).verifier(EvictionVerifier.class).check(EvictingOperations.class);
    }

    @Test
    void shouldBeLinearizableWhileTheIndexGrows() {
        stress(5, 20).sequentialSpecification(Specification.class).check(GrowingOperations.class);
    }

    @Test
    @Tag("nightly")
    void shouldBeLinearizableInManyScenarios() {
        stress(60, 3_000).sequentialSpecification(Specification.class).check(CompactingOperations.class);
        stressWithFewerOperations(60, 3_000).verifier(EvictionVerifier.class).check(EvictingOperations.class);
        stress(30, 100).sequentialSpecification(Specification.class).check(GrowingOperations.class);
    }

    /** Explores the possible orders of individual memory accesses. Lincheck does not support views of byte arrays and long loops, which the ignored classes use. */
    @Test
    @Tag("nightly")
    void shouldBeLinearizableInAllOrdersOfMemoryAccesses() {
        new ModelCheckingOptions()
                .addGuarantee(
                        forClasses(KeyHash.class.getName(), ItemLayout.class.getName(), FlushedKeys.class.getName())
                                .allMethods()
                                .ignore())
                .iterations(10)
                .invocationsPerIteration(100)
                .threads(2)
                .actorsPerThread(3)
                .sequentialSpecification(Specification.class)
                .check(CompactingOperations.class);
    }

    private static StressOptions stress(int scenarios, int invocations) {
        return new StressOptions()
                .iterations(scenarios)
                .invocationsPerIteration(invocations)
                .threads(3)
                .actorsPerThread(4);
    }

    /** Fewer operations, for {@link EvictionVerifier}, which does not have the caches of Lincheck's verifier. */
    private static StressOptions stressWithFewerOperations(int scenarios, int invocations) {
        return stress(scenarios, invocations).actorsPerThread(3).actorsBefore(2).actorsAfter(2);
    }
}
