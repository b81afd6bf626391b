package io.github.embeddedmemcached.cache;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Contents that were damaged on purpose are reported. */
class IntegrityCheckTest {
    private static final long LIMIT = 1 << 20;
    private static final int SEGMENT_BYTES = 16 << 10;
    private static final KeyHash KEY_HASH = KeyHash.withRandomKey();
    private static final RawCache OWNER = Cache.builder().build().raw();

    private final HeapAccount.Share heap = new HeapAccount(Long.MAX_VALUE).open(OWNER);
    private final Memory memory = new Memory(LIMIT, 0, heap);
    private final PartitionSettings settings = new PartitionSettings(
            heap,
            new UploadSpace(heap, LIMIT),
            new ExpiredSpace(),
            LIMIT,
            SEGMENT_BYTES,
            Cache.ITEM_SIZE_MAX_MIN,
            true,
            KEY_HASH,
            new CacheClock(ElapsedTimeSource.of(Clock.systemUTC())),
            new AtomicLong(),
            new Counters(),
            new Evictions());
    private final EvictionRecorder evictions = new EvictionRecorder(settings.evictions());
    private final Contents contents = new Contents(memory, settings, evictions);
    private final ItemChanges changes = new ItemChanges(settings, evictions);

    private Segment segment() {
        return Objects.requireNonNull(contents.small.oldest());
    }

    private void check() {
        new IntegrityCheck(contents, memory, KEY_HASH).run();
    }

    private void expectFailure(String message) {
        assertThatThrownBy(this::check)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(message);
    }

    @BeforeEach
    void store() {
        for (int i = 0; i < 200; i++) {
            byte[] key = ("key" + i % 150).getBytes(StandardCharsets.US_ASCII); // some are replaced
            ItemUpdate update = new ItemUpdate().key(key, 0, key.length).value(new byte[20], 0, 20);
            long hash = KEY_HASH.of(key, 0, key.length);
            changes.store(
                    contents, StoreMode.SET, update, hash, settings.clock().now());
        }
        assertThatCode(this::check).doesNotThrowAnyException();
    }

    @Test
    void shouldReportAWrongNumberOfItems() {
        segment().liveItems++;
        expectFailure("small: a segment's live items");
    }

    @Test
    void shouldReportWrongDeadBytes() {
        segment().deadBytes += 8;
        expectFailure("small: dead bytes counted wrongly");
    }

    @Test
    void shouldReportASlotOfADeadItem() {
        ItemLayout.markDead(segment().bytes, lastItem());
        expectFailure("a slot points to a dead item");
    }

    @Test
    void shouldReportAnItemWhoseKeyWasChanged() {
        Segment segment = segment();
        segment.bytes[ItemLayout.keyOffset(segment.bytes, lastItem())] ^= 1;
        expectFailure("an item ");
    }

    @Test
    void shouldReportASlotBehindTheTail() {
        segment().tail = lastItem();
        expectFailure("a slot points behind the tail");
    }

    @Test
    void shouldReportASegmentThatIsBeingChanged() {
        segment().beginChange();
        expectFailure("a change of a segment was not completed");
    }

    @Test
    void shouldReportASlotWithoutASegment() {
        contents.segments.remove(segment());
        expectFailure("a slot points to no segment");
    }

    @Test
    void shouldReportMoreMemoryThanIsAccountedFor() {
        memory.give(contents.index.bytes() + SEGMENT_BYTES);
        expectFailure("more memory in use than accounted");
    }

    @Test
    void shouldReportMoreMemoryThanIsAllowed() {
        memory.limit(memory.usedBytes());
        assertThatCode(this::check).doesNotThrowAnyException();
        memory.limit(memory.usedBytes() - 1);
        expectFailure("more memory in use than allowed");
    }

    private int lastItem() {
        Segment segment = segment();
        int last = 0;
        for (int item = 0; item < segment.tail; item += ItemLayout.size(segment.bytes, item)) {
            last = item;
        }
        return last;
    }
}
