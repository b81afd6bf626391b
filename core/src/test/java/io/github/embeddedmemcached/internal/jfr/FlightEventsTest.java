package io.github.embeddedmemcached.internal.jfr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.server.SocketClient;
import io.github.embeddedmemcached.testing.TestClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class FlightEventsTest {
    private static final String PREFIX = "io.github.embeddedmemcached.";

    /** Larger than the buffers of both sockets. */
    private static final int VALUE_LENGTH = 16 << 20;

    @TempDir
    Path folder;

    private interface Code {
        void run() throws IOException;
    }

    /** Returns the events that the code emits. */
    private List<RecordedEvent> record(String event, Code code) throws IOException {
        Path file = folder.resolve("recording.jfr");
        try (Recording recording = new Recording()) {
            recording.enable(PREFIX + event).withThreshold(Duration.ZERO);
            recording.start();
            code.run();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream()
                .filter(each -> each.getEventType().getName().equals(PREFIX + event))
                .toList();
    }

    private static void fill(Cache cache, int items) {
        for (int i = 0; i < items; i++) {
            cache.set("key" + i, new byte[100]);
        }
    }

    @Test
    void shouldRecordAnOperationThatEvictsManyItems() throws IOException {
        try (Cache cache =
                Cache.builder().name("pages").memoryLimitBytes(16 << 20).build()) {
            fill(cache, 150_000);
            long before = cache.statistics().itemBytes();
            List<RecordedEvent> events = record("EvictionBurst", () -> cache.set("large", new byte[1_000_000]));
            assertThat(events).isNotEmpty().allSatisfy(event -> {
                assertThat(event.getString("cache")).isEqualTo("pages");
                assertThat(event.getLong("items")).isGreaterThan(FlightEvents.BURST_ITEMS);
                assertThat(event.getEventType().getCategoryNames()).containsExactly("embedded-memcached");
            });
            assertThat(events.stream()
                            .mapToLong(event -> event.getLong("items"))
                            .sum())
                    .isLessThanOrEqualTo(cache.statistics().get(Statistic.EVICTIONS));
            assertThat(events.stream()
                            .mapToLong(event -> event.getLong("bytes"))
                            .sum())
                    .isBetween(500_000L, before);
        }
    }

    @Test
    void shouldNotRecordOperationsThatEvictFewItems() throws IOException {
        try (Cache cache =
                Cache.builder().memoryLimitBytes(Cache.MEMORY_LIMIT_BYTES_MIN).build()) {
            assertThat(record("EvictionBurst", () -> fill(cache, 50_000))).isEmpty();
            assertThat(cache.statistics().get(Statistic.EVICTIONS)).isGreaterThan(10_000);
        }
    }

    /** A client requests a large value, reads one byte, pauses, and then reads the rest or disconnects. */
    private List<RecordedEvent> recordPause(long pauseMillis, boolean readsAgain) throws IOException {
        TestClock clock = new TestClock();
        clock.freeze();
        return record("StalledConnection", () -> {
            try (EmbeddedMemcached memcached = EmbeddedMemcached.builder()
                            .memoryLimitBytes(4L * VALUE_LENGTH)
                            .maxItemSizeBytes(VALUE_LENGTH + 1024)
                            .threads(1)
                            .clock(clock)
                            .start();
                    SocketClient client = SocketClient.connectWithSmallBuffer(memcached.address());
                    SocketClient other = SocketClient.connect(memcached.address())) {
                memcached.cache().set("k", new byte[VALUE_LENGTH]);
                client.send("get k\r\n").expect("V");
                other.send("mn\r\n").expect("MN\r\n"); // the turn that replied to the get is over
                clock.advance(Duration.ofMillis(pauseMillis));
                if (readsAgain) {
                    int rest = ("ALUE k 0 " + VALUE_LENGTH + "\r\n\r\nEND\r\n").length() + VALUE_LENGTH;
                    assertThat(client.read(rest)).hasSize(rest);
                }
            }
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldRecordAConnectionWhoseClientDoesNotRead(boolean readsAgain) throws IOException {
        assertThat(recordPause(FlightEvents.STALL_MILLIS, readsAgain))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.getString("client")).startsWith("tcp");
                    assertThat(event.getDuration("stalledTime")).isEqualTo(Duration.ofSeconds(10));
                    assertThat(event.getLong("waitingBytes")).isNotNegative();
                });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldNotRecordAConnectionWhoseClientPausesForAShortTime(boolean readsAgain) throws IOException {
        assertThat(recordPause(FlightEvents.STALL_MILLIS - 1, readsAgain)).isEmpty();
    }

    @Test
    void shouldRecordLoads() throws IOException {
        List<RecordedEvent> events = record("Load", () -> {
            Object event = FlightEvents.beginLoad();
            assertThat(event).isNotNull();
            FlightEvents.commitLoad(event, "pages", true);
        });
        assertThat(events).singleElement().satisfies(event -> {
            assertThat(event.getString("cache")).isEqualTo("pages");
            assertThat(event.getBoolean("failed")).isTrue();
            assertThat(event.getDuration()).isPositive();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"Save", "Restore"})
    void shouldRecordSavesAndRestores(String type) throws IOException {
        List<RecordedEvent> events = record(type, () -> {
            Object event = type.equals("Save") ? FlightEvents.beginSave() : FlightEvents.beginRestore();
            FlightEvents.commitFile(event, null, "a/b", 3, 500, false);
        });
        assertThat(events).singleElement().satisfies(event -> {
            assertThat(event.getString("cache")).isNull();
            assertThat(event.getString("path")).isEqualTo("a/b");
            assertThat(event.getLong("items")).isEqualTo(3);
            assertThat(event.getLong("bytes")).isEqualTo(500);
            assertThat(event.getBoolean("failed")).isFalse();
            assertThat(event.getEventType().getLabel()).isEqualTo(type);
            assertThat(event.getEventType().getDescription()).isNotEmpty();
            assertThat(event.getEventType().getField("bytes"))
                    .extracting(ValueDescriptor::getLabel)
                    .isEqualTo("Size");
        });
    }

    @Test
    void shouldRecordTheSaveAndTheRestoreOfACache() throws IOException {
        Path file = folder.resolve("items");
        try (Cache cache = Cache.builder().name("pages").build()) {
            fill(cache, 10);
            assertThat(record("Save", () -> cache.saveTo(file))).singleElement().satisfies(event -> {
                assertThat(event.getString("cache")).isEqualTo("pages");
                assertThat(event.getString("path")).isEqualTo(file.toString());
                assertThat(event.getLong("items")).isEqualTo(10);
                assertThat(event.getLong("bytes")).isEqualTo(file.toFile().length());
                assertThat(event.getBoolean("failed")).isFalse();
            });
            Path missing = folder.resolve("missing").resolve("items");
            assertThat(record(
                            "Save",
                            () -> assertThatThrownBy(() -> cache.saveTo(missing))
                                    .isInstanceOf(IOException.class)))
                    .singleElement()
                    .satisfies(event -> assertThat(event.getBoolean("failed")).isTrue());
        }
        assertThat(record(
                        "Restore",
                        () -> Cache.builder().restoreFrom(file).build().close()))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.getLong("items")).isEqualTo(10);
                    assertThat(event.getBoolean("failed")).isFalse();
                });
    }

    @Test
    void shouldNotBeginAnEventWithoutRecording() {
        assertThat(FlightEvents.beginLoad()).isNull();
        assertThat(FlightEvents.beginSave()).isNull();
        assertThat(FlightEvents.beginRestore()).isNull();
        FlightEvents.commitLoad(null, null, false);
        FlightEvents.commitFile(null, null, "", 0, 0, false);
    }
}
