package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Caches;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.internal.engine.log.ValueLease;
import io.github.embeddedmemcached.internal.engine.memory.HeapAccount;
import io.github.embeddedmemcached.internal.view.Engines;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Large items, whose arrays are leased while they are sent, and reused after the last lease is released. */
class LargeItemTest {
    private static final byte[] KEY = "key".getBytes(StandardCharsets.US_ASCII);
    private static final int LENGTH = 100_000;

    /** Without direct memory. */
    private final HeapAccount account = new HeapAccount(1L << 30);

    private final Cache cache =
            Caches.builder(account).memoryLimitBytes(4 << 20).build();
    private final CacheEngine engine = Engines.of(cache);
    private final ItemView view = new ItemView();

    @AfterEach
    void checkIntegrity() {
        cache.checkIntegrity();
        cache.close();
    }

    private static byte[] value(int length, int content) {
        byte[] value = new byte[length];
        Arrays.fill(value, (byte) content);
        return value;
    }

    /** Stores a value that was filled in place, and returns the array that contains it. */
    private byte[] storeInPlace(int length, int content) {
        ItemUpdate update = new ItemUpdate().key(KEY, 0, KEY.length);
        LargeValue value = Objects.requireNonNull(engine.reserve(update, length));
        value.buffer().put(value(length, content));
        assertThat(engine.store(StoreMode.SET, update.value(value))).isEqualTo(StoreResult.STORED);
        assertThat(cache.get("key")).isEqualTo(value(length, content));
        return value.bytes;
    }

    private ValueLease lease() {
        assertThat(engine.get(KEY, 0, KEY.length, view)).isTrue();
        assertThat(view.isLeasable()).isTrue();
        return Objects.requireNonNull(view.lease());
    }

    private static byte[] bytes(ValueLease lease) {
        byte[] bytes = new byte[lease.length()];
        lease.buffer().get(bytes);
        return bytes;
    }

    @Test
    void shouldReuseTheArrayOfADeletedItem() {
        byte[] first = storeInPlace(LENGTH, 1);
        cache.delete("key");

        assertThat(storeInPlace(LENGTH, 2)).isSameAs(first);
    }

    @Test
    void shouldReuseAnArrayForASlightlySmallerItem() {
        byte[] first = storeInPlace(LENGTH, 1);
        cache.delete("key");

        assertThat(storeInPlace(LENGTH - LENGTH / 20, 2)).isSameAs(first);
    }

    @Test
    void shouldNotReuseAnArrayForAMuchSmallerOrLargerItem() {
        byte[] first = storeInPlace(LENGTH, 1);
        cache.delete("key");

        assertThat(storeInPlace(LENGTH / 2, 2)).isNotSameAs(first);
        assertThat(storeInPlace(LENGTH + 100, 3)).isNotSameAs(first);
    }

    @Test
    void shouldKeepALeasedValueUnchangedUntilItIsReleased() {
        byte[] first = storeInPlace(LENGTH, 1);
        ValueLease lease = lease();

        for (int content = 2; content < 12; content++) {
            assertThat(storeInPlace(LENGTH, content)).isNotSameAs(first);
        }

        assertThat(bytes(lease)).isEqualTo(value(LENGTH, 1));
        lease.release();
    }

    @Test
    void shouldReuseAnArrayWhoseLeaseWasReleasedBeforeTheDelete() {
        byte[] first = storeInPlace(LENGTH, 1);
        ValueLease one = lease();
        ValueLease other = lease();
        one.release();
        one.release(); // the second call has no effect
        other.release();
        cache.delete("key");

        assertThat(storeInPlace(LENGTH, 2)).isSameAs(first);
    }

    @Test
    void shouldNotLeaseAnItemThatWasRemoved() {
        storeInPlace(LENGTH, 1);
        assertThat(engine.get(KEY, 0, KEY.length, view)).isTrue();
        storeInPlace(LENGTH, 2);

        assertThat(view.lease()).isNull();

        assertThat(view.refresh()).isTrue();
        ValueLease lease = Objects.requireNonNull(view.lease());
        assertThat(bytes(lease)).isEqualTo(value(LENGTH, 2));
        lease.release();
    }

    /** A reader may be paused between looking up the segment of a slot and reading the segment's version. */
    @Test
    void shouldNotReadASegmentWhoseIdAndArrayAreReused() {
        byte[] array = storeInPlace(LENGTH, 1);
        assertThat(engine.get(KEY, 0, KEY.length, view)).isTrue();
        Segment lookedUp = Objects.requireNonNull(view.segment);
        cache.delete("key");
        assertThat(storeInPlace(LENGTH, 2)).isSameAs(array);
        ItemView present = new ItemView();
        assertThat(engine.get(KEY, 0, KEY.length, present)).isTrue();
        assertThat(present.segment).isNotSameAs(lookedUp);
        assertThat(present.isAtSameSlotAs(view)).isTrue();
        assertThat(Slot.isSameItem(present.slot(), view.slot())).isTrue();

        assertThat(Segment.isChanging(lookedUp.version())).isTrue();
        assertThat(lookedUp.isUnchanged(lookedUp.version() - 1)).isFalse();

        Segment segment = Objects.requireNonNull(present.segment);
        long accessed = segment.accessed(present.item);
        view.recordLastAccess(accessed + 100, engine.now());
        assertThat(segment.accessed(present.item)).isEqualTo(accessed);
    }

    @Test
    void shouldRejectAValueThatWasReservedInAnotherCache() {
        try (Cache other = Cache.builder().build()) {
            ItemUpdate update = new ItemUpdate().key(KEY, 0, KEY.length);
            LargeValue value = Objects.requireNonNull(Engines.of(other).reserve(update, LENGTH));
            ItemUpdate foreign = update.value(value);
            assertThatThrownBy(() -> engine.store(StoreMode.SET, foreign)).isInstanceOf(IllegalArgumentException.class);
            assertThat(cache.statistics().items()).isZero();
            assertThat(other.statistics().usedBytes()).isLessThan(LENGTH);
        }
    }

    @Test
    void shouldCountAnExpiredNumberWhenItIsLookedUpAndNotWhenItIsStored() {
        byte[] number = value(LENGTH, ' ');
        number[0] = '5';
        cache.set("key", number);
        assertThat(cache.get("key")).isNotNull();
        engine.increment(new ItemUpdate().key(KEY, 0, KEY.length).exptime(-1), 7);
        assertThat(cache.statistics().get(Statistic.GET_EXPIRED)).isZero();
        assertThat(cache.get("key")).isNull();
        assertThat(cache.statistics().get(Statistic.GET_EXPIRED)).isEqualTo(1);
    }

    @Test
    void shouldReleaseFreeArraysBeforeEvicting() {
        cache.set("large", value(1_000_000, 1));
        cache.delete("large");
        byte[] small = new byte[1000];
        int items = 3500;
        for (int i = 0; i < items; i++) {
            cache.set("small" + i, small);
        }
        assertThat(cache.statistics().items()).isEqualTo(items);
        assertThat(cache.statistics().usedBytes()).isLessThanOrEqualTo(4 << 20);
        assertThat(cache.statistics().get(Statistic.EVICTIONS)).isZero();
    }

    @Test
    void shouldReleaseFreeArraysWhenTheLimitIsLowered() {
        cache.set("large", value(1_000_000, 1));
        cache.set("small", new byte[10]);
        cache.delete("large");
        assertThat(cache.statistics().usedBytes()).isGreaterThan(1_000_000);

        assertThat(cache.resize(1 << 20)).isTrue();

        assertThat(cache.statistics().usedBytes()).isLessThan(1_000_000);
        assertThat(cache.get("small")).isNotNull();
    }

    @Test
    void shouldCountALeasedValueTowardsTheLimitUntilItIsReleased() {
        cache.set("other", new byte[1]);
        long before = cache.statistics().usedBytes();
        storeInPlace(LENGTH, 1);
        ValueLease one = lease();
        ValueLease other = lease();
        cache.delete("key");
        assertThat(cache.statistics().usedBytes()).isGreaterThan(before + LENGTH);
        one.release();
        one.release(); // the second call has no effect
        assertThat(cache.statistics().usedBytes()).isGreaterThan(before + LENGTH);
        other.release();
        assertThat(cache.statistics().usedBytes()).isLessThanOrEqualTo(before);
    }

    @Test
    void shouldCountALeasedValueAfterAFlush() {
        storeInPlace(LENGTH, 1);
        ValueLease lease = lease();
        cache.flushAll();
        assertThat(cache.statistics().usedBytes()).isGreaterThan(LENGTH);
        assertThat(bytes(lease)).isEqualTo(value(LENGTH, 1));
        lease.release();
        assertThat(cache.statistics().usedBytes()).isLessThan(LENGTH);
    }

    @Test
    void shouldStayWithinTheLimitHoweverManyValuesAreLeased() {
        byte[] small = new byte[1000];
        for (int i = 0; i < 1000; i++) {
            cache.set("small" + i, small);
        }
        List<ValueLease> leases = new ArrayList<>();
        int copied = 0;
        for (int i = 0; i < 400; i++) {
            assertThat(cache.set("key", value(LENGTH, i))).isEqualTo(StoreResult.STORED);
            assertThat(engine.get(KEY, 0, KEY.length, view)).isTrue();
            if (view.isLeasable()) {
                leases.add(Objects.requireNonNull(view.lease()));
            } else {
                byte[] copy = new byte[LENGTH]; // the reader's own memory
                assertThat(view.copyValue(copy, 0)).isTrue();
                assertThat(copy).isEqualTo(value(LENGTH, i));
                copied++;
            }
            assertThat(cache.statistics().usedBytes()).isLessThanOrEqualTo(4 << 20);
        }
        // leased values take about half of the memory, and the other half can be used as before
        assertThat(leases).hasSizeBetween(15, 25);
        assertThat(copied).isEqualTo(400 - leases.size());
        assertThat(cache.set("other", small)).isEqualTo(StoreResult.STORED);
        assertThat(cache.get("other")).isNotNull();
        cache.checkIntegrity();
        leases.forEach(ValueLease::release);
        assertThat(engine.get(KEY, 0, KEY.length, view)).isTrue();
        assertThat(view.isLeasable()).isTrue();
        cache.delete("key");
        assertThat(cache.statistics().usedBytes()).isLessThan(3 << 20);
    }

    @Test
    void shouldNotEvictALeasedValueWhileOthersCanBeEvicted() {
        storeInPlace(LENGTH, 1);
        ValueLease lease = lease();
        for (int i = 0; i < 100; i++) {
            cache.set("large" + i, value(LENGTH, i));
        }
        assertThat(cache.get("key")).isEqualTo(value(LENGTH, 1));
        lease.release();
    }

    @Test
    void shouldRejectNewItemsIfEverythingIsLeased() {
        List<ValueLease> leases = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            byte[] key = ("key" + i).getBytes(StandardCharsets.US_ASCII);
            if (cache.set("key" + i, value(LENGTH, i)) == StoreResult.STORED
                    && engine.get(key, 0, key.length, view)
                    && view.isLeasable()) {
                leases.add(Objects.requireNonNull(view.lease()));
            }
        }
        assertThat(cache.statistics().usedBytes()).isLessThanOrEqualTo(4 << 20);
        cache.checkIntegrity();
        leases.forEach(ValueLease::release);
        assertThat(cache.set("key", value(LENGTH, 1))).isEqualTo(StoreResult.STORED);
    }

    @Test
    void shouldCountNoNewItemWhenANumberIsPaddedInALargeValue() {
        byte[] number = value(LENGTH, ' ');
        number[0] = '5';
        cache.set("key", number);

        assertThat(cache.increment("key", 7).number()).isEqualTo(12);

        number[0] = '1';
        number[1] = '2';
        assertThat(cache.get("key")).isEqualTo(number);
        assertThat(cache.statistics().get(Statistic.TOTAL_ITEMS)).isEqualTo(1);
    }
}
