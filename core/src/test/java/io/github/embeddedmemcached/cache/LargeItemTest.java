package io.github.embeddedmemcached.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Large items, whose arrays are lent to who sends them, and used again when nobody needs them any more. */
class LargeItemTest {
    private static final byte[] KEY = "key".getBytes(StandardCharsets.US_ASCII);
    private static final int LENGTH = 100_000;

    private final Cache cache = Cache.builder().memoryLimitBytes(4 << 20).build();
    private final RawCache raw = cache.raw();
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

    /** Stores a value that was filled in place, and returns the array that it lies in. */
    private byte[] storeInPlace(int length, int content) {
        ItemUpdate update = new ItemUpdate().key(KEY, 0, KEY.length);
        LargeValue value = Objects.requireNonNull(raw.reserve(update, length));
        Arrays.fill(value.array(), value.offset(), value.offset() + length, (byte) content);
        assertThat(raw.store(StoreMode.SET, update.value(value))).isEqualTo(StoreResult.STORED);
        assertThat(cache.get("key")).isEqualTo(value(length, content));
        return value.array();
    }

    private Loan lend() {
        assertThat(raw.get(KEY, 0, KEY.length, view)).isTrue();
        assertThat(view.isLarge()).isTrue();
        return Objects.requireNonNull(view.lend());
    }

    private static byte[] bytes(Loan loan) {
        return Arrays.copyOfRange(loan.array(), loan.offset(), loan.offset() + loan.length());
    }

    @Test
    void shouldUseAnArrayAgainWhoseItemIsGone() {
        byte[] first = storeInPlace(LENGTH, 1);
        cache.delete("key");

        assertThat(storeInPlace(LENGTH, 2)).isSameAs(first);
    }

    @Test
    void shouldUseAnArrayAgainForAnItemThatIsALittleSmaller() {
        byte[] first = storeInPlace(LENGTH, 1);
        cache.delete("key");

        assertThat(storeInPlace(LENGTH - LENGTH / 20, 2)).isSameAs(first);
    }

    @Test
    void shouldNotWasteAnArrayOnAnItemThatIsMuchSmallerOrLarger() {
        byte[] first = storeInPlace(LENGTH, 1);
        cache.delete("key");

        assertThat(storeInPlace(LENGTH / 2, 2)).isNotSameAs(first);
        assertThat(storeInPlace(LENGTH + 100, 3)).isNotSameAs(first);
    }

    @Test
    void shouldLeaveALentValueAsItIsUntilItIsGivenBack() {
        byte[] first = storeInPlace(LENGTH, 1);
        Loan loan = lend();

        for (int content = 2; content < 12; content++) {
            assertThat(storeInPlace(LENGTH, content)).isNotSameAs(first);
        }

        assertThat(bytes(loan)).isEqualTo(value(LENGTH, 1));
        loan.giveBack();
    }

    @Test
    void shouldUseAnArrayAgainThatWasGivenBackInTime() {
        byte[] first = storeInPlace(LENGTH, 1);
        Loan one = lend();
        Loan other = lend();
        one.giveBack();
        one.giveBack(); // counts once
        other.giveBack();
        cache.delete("key");

        assertThat(storeInPlace(LENGTH, 2)).isSameAs(first);
    }

    @Test
    void shouldNotLendWhatIsNoLongerThere() {
        storeInPlace(LENGTH, 1);
        assertThat(raw.get(KEY, 0, KEY.length, view)).isTrue();
        storeInPlace(LENGTH, 2);

        assertThat(view.lend()).isNull();

        assertThat(view.refresh()).isTrue();
        Loan loan = Objects.requireNonNull(view.lend());
        assertThat(bytes(loan)).isEqualTo(value(LENGTH, 2));
        loan.giveBack();
    }

    /** A reader that is paused between looking up the segment of a slot and reading the segment's version. */
    @Test
    void shouldNotTrustASegmentWhoseNumberAndArrayAreUsedAgain() {
        byte[] array = storeInPlace(LENGTH, 1);
        assertThat(raw.get(KEY, 0, KEY.length, view)).isTrue();
        Segment lookedUp = Objects.requireNonNull(view.segment);
        cache.delete("key");
        assertThat(storeInPlace(LENGTH, 2)).isSameAs(array);
        ItemView present = new ItemView();
        assertThat(raw.get(KEY, 0, KEY.length, present)).isTrue();
        assertThat(present.segment).isNotSameAs(lookedUp);
        assertThat(present.chunk).isSameAs(view.chunk);
        assertThat(present.at).isEqualTo(view.at);
        assertThat(Slot.isSameItem(present.slot, view.slot)).isTrue();

        assertThat(Segment.isChanging(lookedUp.version())).isTrue();
        assertThat(lookedUp.isStill(lookedUp.version() - 1)).isFalse();

        Segment segment = Objects.requireNonNull(present.segment);
        long accessed = segment.accessed(present.item);
        view.noteLastAccess(accessed + 100, raw.now());
        assertThat(segment.accessed(present.item)).isEqualTo(accessed);
    }

    @Test
    void shouldRefuseAValueThatWasReservedElsewhere() {
        try (Cache other = Cache.builder().build()) {
            ItemUpdate update = new ItemUpdate().key(KEY, 0, KEY.length);
            LargeValue value = Objects.requireNonNull(other.raw().reserve(update, LENGTH));
            ItemUpdate crossing = update.value(value);
            assertThatThrownBy(() -> raw.store(StoreMode.SET, crossing)).isInstanceOf(IllegalArgumentException.class);
            assertThat(cache.statistics().items()).isZero();
            assertThat(other.statistics().usedBytes()).isLessThan(LENGTH);
        }
    }

    @Test
    void shouldCountAnExpiredNumberWhenItIsLookedUpAndNotWhenItIsMade() {
        byte[] number = value(LENGTH, ' ');
        number[0] = '5';
        cache.set("key", number);
        assertThat(cache.get("key")).isNotNull();
        raw.increment(new ItemUpdate().key(KEY, 0, KEY.length).exptime(-1), 7);
        assertThat(cache.statistics().get(Counter.GET_EXPIRED)).isZero();
        assertThat(cache.get("key")).isNull();
        assertThat(cache.statistics().get(Counter.GET_EXPIRED)).isEqualTo(1);
    }

    @Test
    void shouldGiveUpItsFreeArraysBeforeItEvicts() {
        cache.set("large", value(1_000_000, 1));
        cache.delete("large");
        byte[] small = new byte[1000];
        int items = 3500;
        for (int i = 0; i < items; i++) {
            cache.set("small" + i, small);
        }
        assertThat(cache.statistics().items()).isEqualTo(items);
        assertThat(cache.statistics().usedBytes()).isLessThanOrEqualTo(4 << 20);
        assertThat(cache.statistics().get(Counter.EVICTIONS)).isZero();
    }

    @Test
    void shouldGiveUpItsFreeArraysWhenTheLimitIsLowered() {
        cache.set("large", value(1_000_000, 1));
        cache.set("small", new byte[10]);
        cache.delete("large");
        assertThat(cache.statistics().usedBytes()).isGreaterThan(1_000_000);

        assertThat(cache.memoryLimitBytes(1 << 20)).isTrue();

        assertThat(cache.statistics().usedBytes()).isLessThan(1_000_000);
        assertThat(cache.get("small")).isNotNull();
    }

    @Test
    void shouldCountALentValueTowardsTheLimitUntilItIsGivenBack() {
        cache.set("other", new byte[1]);
        long before = cache.statistics().usedBytes();
        storeInPlace(LENGTH, 1);
        Loan one = lend();
        Loan other = lend();
        cache.delete("key");
        assertThat(cache.statistics().usedBytes()).isGreaterThan(before + LENGTH);
        one.giveBack();
        one.giveBack(); // counts once
        assertThat(cache.statistics().usedBytes()).isGreaterThan(before + LENGTH);
        other.giveBack();
        assertThat(cache.statistics().usedBytes()).isLessThanOrEqualTo(before);
    }

    @Test
    void shouldCountALentValueAfterAFlushToo() {
        storeInPlace(LENGTH, 1);
        Loan loan = lend();
        cache.flushAll();
        assertThat(cache.statistics().usedBytes()).isGreaterThan(LENGTH);
        assertThat(bytes(loan)).isEqualTo(value(LENGTH, 1));
        loan.giveBack();
        assertThat(cache.statistics().usedBytes()).isLessThan(LENGTH);
    }

    @Test
    void shouldStayWithinTheLimitHoweverManyValuesAreAskedFor() {
        byte[] small = new byte[1000];
        for (int i = 0; i < 1000; i++) {
            cache.set("small" + i, small);
        }
        List<Loan> loans = new ArrayList<>();
        int copied = 0;
        for (int i = 0; i < 400; i++) {
            assertThat(cache.set("key", value(LENGTH, i))).isEqualTo(StoreResult.STORED);
            assertThat(raw.get(KEY, 0, KEY.length, view)).isTrue();
            if (view.isLarge()) {
                loans.add(Objects.requireNonNull(view.lend()));
            } else {
                byte[] copy = new byte[LENGTH]; // the reader's own memory
                assertThat(view.copyValue(copy, 0)).isTrue();
                assertThat(copy).isEqualTo(value(LENGTH, i));
                copied++;
            }
            assertThat(cache.statistics().usedBytes()).isLessThanOrEqualTo(4 << 20);
        }
        // what is lent takes about half of the memory, and the rest works as before
        assertThat(loans).hasSizeBetween(15, 25);
        assertThat(copied).isEqualTo(400 - loans.size());
        assertThat(cache.set("other", small)).isEqualTo(StoreResult.STORED);
        assertThat(cache.get("other")).isNotNull();
        cache.checkIntegrity();
        loans.forEach(Loan::giveBack);
        assertThat(raw.get(KEY, 0, KEY.length, view)).isTrue();
        assertThat(view.isLarge()).isTrue();
        cache.delete("key");
        assertThat(cache.statistics().usedBytes()).isLessThan(3 << 20);
    }

    @Test
    void shouldNotEvictALentValueWhileOthersCanGo() {
        storeInPlace(LENGTH, 1);
        Loan loan = lend();
        for (int i = 0; i < 100; i++) {
            cache.set("large" + i, value(LENGTH, i));
        }
        assertThat(cache.get("key")).isEqualTo(value(LENGTH, 1));
        loan.giveBack();
    }

    @Test
    void shouldRefuseNewItemsWhereEverythingIsLent() {
        List<Loan> loans = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            byte[] key = ("key" + i).getBytes(StandardCharsets.US_ASCII);
            if (cache.set("key" + i, value(LENGTH, i)) == StoreResult.STORED
                    && raw.get(key, 0, key.length, view)
                    && view.isLarge()) {
                loans.add(Objects.requireNonNull(view.lend()));
            }
        }
        assertThat(cache.statistics().usedBytes()).isLessThanOrEqualTo(4 << 20);
        cache.checkIntegrity();
        loans.forEach(Loan::giveBack);
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
        assertThat(cache.statistics().get(Counter.TOTAL_ITEMS)).isEqualTo(1);
    }
}
