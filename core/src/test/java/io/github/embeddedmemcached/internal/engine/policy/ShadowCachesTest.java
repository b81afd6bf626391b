package io.github.embeddedmemcached.internal.engine.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.engine.memory.EmptyMember;
import io.github.embeddedmemcached.internal.engine.memory.HeapAccount;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests are random or cyclic keys of a cache whose items are all in the shadow caches, or a sample of them. */
class ShadowCachesTest {
    private static final int ITEMS = 1000;
    private static final int SIZE = 300;
    private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L;

    private final HeapAccount.Member owner = new EmptyMember();
    private final HeapAccount account = new HeapAccount(Long.MAX_VALUE);
    private final ShadowCaches caches = new ShadowCaches(100 << 20, 1, account.open(owner));
    private final SplittableRandom random = new SplittableRandom(1);

    private void request(long key) {
        request(key, SIZE);
    }

    /** A get, and a set if it missed: the engine's own hits do not matter, as the item is stored either way. */
    private void request(long key, int size) {
        caches.read(hash(key), size);
    }

    private static long hash(long key) {
        long hash = (key + 1) * MULTIPLIER;
        return (hash ^ hash >>> 32) * MULTIPLIER;
    }

    private void requestLoop(long firstKey, int keys, int requests) {
        for (int i = 0; i < requests; i++) {
            request(firstKey + i % keys);
        }
    }

    /** Each key is read a few times soon after it was stored, and never again. */
    private void requestRecent(long firstKey, int requests) {
        for (int i = 0; i < requests; i++) {
            request(firstKey + i / 3 + random.nextInt(ITEMS));
        }
    }

    @Test
    void shouldHaveSmallShareAtFirst() {
        requestRecent(0, 10 * ITEMS);

        assertThat(caches.smallShare()).isBetween(0.08, 0.09);
        assertThat(caches.usedBytes()).isZero();
    }

    @Test
    void shouldHaveLeastShareInLoop() {
        caches.fit(ITEMS, ITEMS * SIZE);

        requestLoop(0, 2 * ITEMS, 20 * ITEMS);

        assertThat(caches.smallShare()).isEqualTo(0.03);
    }

    @Test
    void shouldHaveAllMemoryForRecentKeys() {
        caches.fit(ITEMS, ITEMS * SIZE);

        requestRecent(0, 20 * ITEMS);

        assertThat(caches.smallShare()).isEqualTo(1);
    }

    @Test
    void shouldFollowChangesOfPattern() {
        caches.fit(ITEMS, ITEMS * SIZE);
        int footprint = 2 * ITEMS;

        requestLoop(0, footprint, 10 * footprint);
        assertThat(caches.smallShare()).isEqualTo(0.03);
        requestRecent(1_000_000, footprint);
        assertThat(caches.smallShare()).isEqualTo(1);
        requestLoop(
                2_000_000,
                footprint,
                5 * footprint); // the contest has hits only when the keys were used more often than the old ones
        assertThat(caches.smallShare()).isEqualTo(0.03);
    }

    @Test
    void shouldEvictOldItemsWhenManyKeysAreNewAndPreferContestWithoutHits() {
        caches.fit(ITEMS, ITEMS * SIZE);
        requestLoop(0, 2 * ITEMS, 40 * ITEMS);
        assertThat(caches.smallShare()).isEqualTo(0.03);

        assertThat(caches.changes()).isZero();
        requestMissing(1_000_000, ITEMS);
        assertThat(caches.changes()).isEqualTo(1);
        assertThat(caches.smallShare()).isEqualTo(1);
        requestMissing(2_000_000, ITEMS);
        assertThat(caches.smallShare()).isEqualTo(0.03);
    }

    @Test
    void shouldDetectChangeToKeysThatAreReadSeveralTimes() {
        caches.fit(ITEMS, ITEMS * SIZE);
        requestLoop(0, 2 * ITEMS, 40 * ITEMS);

        for (int i = 0; i < 2 * ITEMS; i++) {
            requestMissing(1_000_000 + i / 2, 1);
        }

        assertThat(caches.changes()).isEqualTo(1);
    }

    @Test
    void shouldDetectChangeSoonAfterAnother() {
        caches.fit(ITEMS, ITEMS * SIZE);
        requestLoop(0, 2 * ITEMS, 40 * ITEMS);

        requestLoop(1_000_000, 2 * ITEMS, 7 * ITEMS);
        assertThat(caches.changes()).isEqualTo(1);
        requestLoop(2_000_000, 2 * ITEMS, 7 * ITEMS);
        assertThat(caches.changes()).isEqualTo(2);
    }

    @Test
    void shouldDetectOneChangeToLongLoop() {
        caches.fit(ITEMS, ITEMS * SIZE);
        requestLoop(0, 2 * ITEMS, 40 * ITEMS);

        requestLoop(1_000_000, 10 * ITEMS, 60 * ITEMS);

        assertThat(caches.changes()).isEqualTo(1);
    }

    @Test
    void shouldKeepShareOfClockIfItHasHitsAfterChange() {
        caches.fit(ITEMS, ITEMS * SIZE);
        requestRecent(0, 40 * ITEMS);

        for (int i = 0; i < 6 * ITEMS; i++) {
            requestMissing(1_000_000 + i / 2, 1);
        }

        assertThat(caches.smallShare()).isEqualTo(1);
    }

    @Test
    void shouldNotTakeUsualNewKeysForChange() {
        caches.fit(ITEMS, ITEMS * SIZE);
        for (int i = 0; i < 60 * ITEMS; i++) {
            request(i % 3 == 0 ? 1_000_000 + i : i % (2 * ITEMS));
            assertThat(caches.smallShare()).isLessThan(1);
        }
    }

    @Test
    void shouldEndChangeWhenReleased() {
        caches.fit(ITEMS, ITEMS * SIZE);
        requestLoop(0, 2 * ITEMS, 40 * ITEMS);
        requestMissing(1_000_000, ITEMS);
        assertThat(caches.smallShare()).isEqualTo(1);

        caches.release();

        assertThat(caches.smallShare()).isEqualTo(0.03);
    }

    /** Each key once: a get that misses, and a set. */
    private void requestMissing(long firstKey, int keys) {
        for (int i = 0; i < keys; i++) {
            caches.read(hash(firstKey + i), 0);
            caches.store(hash(firstKey + i), SIZE);
        }
    }

    @Test
    void shouldChooseBySampleOfKeys() {
        int items = 200 * ITEMS;
        caches.fit(items, (long) items * SIZE);

        requestLoop(0, 2 * items, 6 * items);

        assertThat(caches.smallShare()).isEqualTo(0.03);
    }

    @Test
    void shouldChooseByItemsOfUnequalSize() {
        caches.fit(ITEMS, ITEMS * SIZE);

        for (int i = 0; i < 40 * ITEMS; i++) {
            int key = i % (2 * ITEMS);
            request(key, key % 10 == 0 ? 10 * SIZE : SIZE / 10);
        }

        assertThat(caches.smallShare()).isEqualTo(0.03);
    }

    @Test
    void shouldKeepShareWithoutLead() {
        caches.fit(ITEMS, ITEMS * SIZE);

        for (int i = 0; i < 20 * ITEMS; i++) {
            request(i);
        }

        assertThat(caches.smallShare()).isBetween(0.08, 0.09);
    }

    @Test
    void shouldNotContainRemovedKeys() {
        caches.fit(ITEMS, ITEMS * SIZE);
        for (int round = 0; round < 20; round++) {
            for (int key = 0; key < 2 * ITEMS; key++) {
                caches.read(hash(key), 0);
                caches.store(hash(key), SIZE);
                caches.remove(hash(key));
            }
        }

        assertThat(caches.smallShare()).isBetween(0.08, 0.09);
    }

    @Test
    void shouldChargeMemoryWhenInUse() {
        assertThat(account.usedBytes()).isZero();

        caches.fit(ITEMS, ITEMS * SIZE);

        assertThat(account.usedBytes()).isEqualTo(caches.bytes()).isEqualTo(caches.usedBytes());
        assertThat(caches.bytes()).isLessThan(100 << 10);
    }

    @Test
    void shouldReleaseMemoryAndKeepShare() {
        caches.fit(ITEMS, ITEMS * SIZE);
        requestRecent(0, 20 * ITEMS);

        caches.release();
        requestLoop(0, 2 * ITEMS, 20 * ITEMS);

        assertThat(account.usedBytes()).isZero();
        assertThat(caches.usedBytes()).isZero();
        assertThat(caches.smallShare()).isEqualTo(1);
    }

    @Test
    void shouldTakeSmallPartOfSmallCache() {
        assertThat(new ShadowCaches(1 << 20, 1, account.open(owner)).bytes()).isLessThan(17 << 10);
    }

    @Test
    void shouldHaveNoMemoryWithoutEviction() {
        ShadowCaches none = new ShadowCaches(0, 1, account.open(owner));

        none.fit(ITEMS, ITEMS * SIZE);

        assertThat(none.bytes()).isZero();
        assertThat(none.usedBytes()).isZero();
    }

    @Test
    void shouldAdaptSampleWhenItemsBecomeSmaller() {
        caches.fit(ITEMS, ITEMS * SIZE);
        requestRecent(0, 10 * ITEMS);
        caches.fit(100 * ITEMS, 100 * ITEMS * SIZE);

        requestLoop(1_000_000, 200 * ITEMS, 800 * ITEMS);

        assertThat(caches.smallShare()).isEqualTo(0.03);
    }

    @Test
    void shouldBeConsistentWithManyThreads() throws Exception {
        int requests = 50 * ITEMS;
        caches.fit(ITEMS, ITEMS * SIZE);
        Thread[] threads = new Thread[4];
        AtomicReference<Throwable> failure = new AtomicReference<>();
        for (int i = 0; i < threads.length; i++) {
            SplittableRandom keys = random.split();
            threads[i] = new Thread(() -> {
                for (int request = 0; request < requests; request++) {
                    long hash = hash(keys.nextInt(2 * ITEMS));
                    caches.read(hash, keys.nextInt(2) * SIZE);
                    caches.store(hash, 1 + keys.nextInt(2 * SIZE));
                    if (keys.nextInt(4) == 0) {
                        caches.remove(hash);
                    }
                    caches.fit(ITEMS, (ITEMS + keys.nextInt(ITEMS)) * SIZE);
                }
            });
            threads[i].setUncaughtExceptionHandler((ignored, e) -> failure.set(e));
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(failure.get()).isNull();
        requestLoop(1_000_000, 2 * ITEMS, 40 * ITEMS);
        assertThat(caches.smallShare()).isEqualTo(0.03);
    }

    /** Another thread may release the shadow caches while it holds what the account waits for. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldBeReleasableWhileAnotherCacheReleasesMemory() {
        long limit = 10 << 20;
        HeapAccount full = new HeapAccount(limit);
        ShadowCaches[] created = new ShadowCaches[1];
        HeapAccount.Share[] larger = new HeapAccount.Share[1];
        HeapAccount.Member other = new HeapAccount.Member() {
            @Override
            public boolean releaseMemory() {
                created[0].release();
                larger[0].release(1 << 20);
                return true;
            }

            @Override
            public void reportRemovals(Object transferLock) {
                // There are none.
            }
        };
        larger[0] = full.open(other);
        assertThat(larger[0].acquire(limit, true)).isTrue();
        HeapAccount.Share share = full.open(owner);
        created[0] = new ShadowCaches(100 << 20, 1, share);
        created[0].fit(1_000, 100_000);
        assertThat(created[0].usedBytes()).isPositive().isEqualTo(share.usedBytes());
        created[0].fit(1_000, 100_000);
        assertThat(share.usedBytes()).isEqualTo(created[0].usedBytes());
        created[0].release();
        assertThat(share.usedBytes()).isZero();
        assertThat(other).isNotNull(); // still reachable
    }
}
