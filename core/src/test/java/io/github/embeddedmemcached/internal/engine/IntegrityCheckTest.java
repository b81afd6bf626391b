package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.internal.engine.index.Index;
import io.github.embeddedmemcached.internal.engine.index.KeyHash;
import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.memory.EmptyMember;
import io.github.embeddedmemcached.internal.engine.memory.HeapAccount;
import io.github.embeddedmemcached.internal.engine.memory.Memory;
import io.github.embeddedmemcached.internal.engine.memory.UploadBudget;
import io.github.embeddedmemcached.internal.engine.policy.ShadowCaches;
import io.github.embeddedmemcached.internal.engine.removal.RemovalRecorder;
import io.github.embeddedmemcached.internal.engine.removal.Removals;
import io.github.embeddedmemcached.internal.engine.statistics.Counters;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import io.github.embeddedmemcached.internal.engine.time.SystemTime;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Checks that each violated invariant is reported. */
class IntegrityCheckTest {
    private static final long LIMIT = 1 << 20;
    private static final int SEGMENT_BYTES = 16 << 10;
    private static final KeyHash KEY_HASH = KeyHash.withRandomKey();
    private static final HeapAccount.Member OWNER = new EmptyMember();

    private final HeapAccount.Share heap = new HeapAccount(Long.MAX_VALUE).open(OWNER);
    private final Memory memory = new Memory(LIMIT, 0, heap);
    private final PartitionSettings settings = new PartitionSettings(
            heap,
            new UploadBudget(heap, LIMIT),
            new ExpiredSpace(),
            LIMIT,
            SEGMENT_BYTES,
            Index.CHUNK_BYTES_MIN,
            ItemSize.LIMIT_MIN,
            true,
            KEY_HASH,
            new CacheClock(SystemTime.elapsingAs(Clock.systemUTC())),
            new AtomicLong(),
            new Counters(),
            new Removals(null),
            new ShadowCaches(0, 1, heap));
    private final RemovalRecorder removals = new RemovalRecorder(settings.removals(), settings.clock());
    private final PartitionContents contents = new PartitionContents(memory, settings, removals);
    private final ItemChanges changes = new ItemChanges(settings, removals);

    private Segment segment() {
        return Objects.requireNonNull(contents.small.oldest());
    }

    private void check() {
        new IntegrityCheck(contents, memory, KEY_HASH).run();
    }

    private void assertFailure(String message) {
        assertThatThrownBy(this::check)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(message);
    }

    @BeforeEach
    void store() {
        for (int i = 0; i < 200; i++) {
            byte[] key = ("key" + i % 150).getBytes(StandardCharsets.US_ASCII); // some are replaced
            ItemUpdate update = new ItemUpdate().key(key, 0, key.length).value(new byte[20], 0, 20);
            long hash = KEY_HASH.hash(key, 0, key.length);
            changes.store(
                    contents, StoreMode.SET, update, hash, settings.clock().now());
        }
        assertThatCode(this::check).doesNotThrowAnyException();
    }

    @Test
    void shouldReportAWrongNumberOfItems() {
        segment().liveItems++;
        assertFailure("small: the live items of a segment are miscounted");
    }

    @Test
    void shouldReportWrongDeletedBytes() {
        segment().deletedBytes += 8;
        assertFailure("small: the deleted bytes are miscounted");
    }

    @Test
    void shouldReportASlotOfADeletedItem() {
        ItemLayout.markDeleted(segment().bytes, lastItem());
        assertFailure("a slot refers to a deleted item");
    }

    @Test
    void shouldReportAnItemWhoseKeyWasChanged() {
        Segment segment = segment();
        segment.bytes[ItemLayout.keyOffset(segment.bytes, lastItem())] ^= 1;
        assertFailure("an item ");
    }

    @Test
    void shouldReportASlotBeyondTheTail() {
        segment().tail = lastItem();
        assertFailure("a slot refers to bytes beyond the tail");
    }

    @Test
    void shouldReportASegmentThatIsBeingChanged() {
        segment().beginChange();
        assertFailure("a change of a segment was not completed");
    }

    @Test
    void shouldReportASlotWithoutASegment() {
        contents.segments.remove(segment());
        assertFailure("a slot refers to no segment");
    }

    @Test
    void shouldReportMoreMemoryThanIsAccountedFor() {
        memory.release(contents.index.bytes() + SEGMENT_BYTES);
        assertFailure("more memory in use than accounted");
    }

    @Test
    void shouldReportMoreMemoryThanIsAllowed() {
        memory.limitBytes(memory.usedBytes());
        assertThatCode(this::check).doesNotThrowAnyException();
        memory.limitBytes(memory.usedBytes() - 1);
        assertFailure("more memory in use than allowed");
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
