package io.github.embeddedmemcached.testing;

import static io.github.embeddedmemcached.server.Eventually.eventually;
import static io.github.embeddedmemcached.testing.CommandMatcher.command;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.protocol.Command;
import io.github.embeddedmemcached.protocol.Command.Protocol;
import io.github.embeddedmemcached.protocol.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is kept, what is dropped, and how it is waited for. */
class RecordingTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Recording recording = new Recording();

    private static Command named(String name) {
        return CommandMatcherTest.made(name, List.of(), Protocol.TEXT, false, 1);
    }

    private static Command withValue(String name, int length) {
        return new Command(
                name,
                List.of("k"),
                Protocol.TEXT,
                0,
                0,
                0,
                0,
                new byte[length],
                false,
                null,
                name,
                false,
                1,
                Instant.EPOCH);
    }

    private void record(String... names) {
        for (String name : names) {
            assertThat(recording.onCommand(named(name))).isSameAs(Verdict.PROCEED);
        }
    }

    private List<String> names() {
        return recording.requests().stream().map(Command::name).toList();
    }

    @Test
    void shouldRecordFromStartToStop() {
        record("a");
        recording.start();
        record("b");
        recording.stop();
        record("c");
        assertThat(names()).containsExactly("b");
        recording.start();
        record("d");
        assertThat(names()).containsExactly("b", "d");
        assertThat(recording).hasToString("Recording[on, 2 recorded, 2 there, 0 dropped]");
    }

    @Test
    void shouldDropTheOldestAndCountThem() {
        recording.start(3);
        record("a", "b", "c", "d", "e");
        assertThat(names()).containsExactly("c", "d", "e");
        assertThat(recording.count()).isEqualTo(5);
        assertThat(recording.droppedCount()).isEqualTo(2);
        recording.start(1);
        assertThat(names()).containsExactly("e");
        assertThat(recording.droppedCount()).isEqualTo(4);
    }

    @Test
    void shouldDropWhatTakesTooMuchMemory() {
        recording.start();
        int fifthOfTheLimit = 13 << 20;
        for (int i = 0; i < 6; i++) {
            recording.onCommand(withValue("v" + i, fifthOfTheLimit));
        }
        assertThat(names()).containsExactly("v2", "v3", "v4", "v5");
        assertThat(recording.droppedCount()).isEqualTo(2);
        recording.onCommand(withValue("huge", 80 << 20));
        assertThat(names()).as("the last one is kept whatever it takes").containsExactly("huge");
        record("small");
        assertThat(names()).containsExactly("small");
    }

    @Test
    void shouldKeepCountOfTheMemoryOfWhatIsTaken() throws InterruptedException {
        recording.start();
        for (int i = 0; i < 20; i++) {
            recording.onCommand(withValue("v" + i, 13 << 20));
            assertThat(recording.takeRequest(Duration.ZERO)).isNotNull();
        }
        assertThat(recording.droppedCount()).isZero();
    }

    @Test
    void shouldTakeEachCommandOnceInOrder() throws InterruptedException {
        recording.start();
        record("get", "set", "get", "delete");
        assertThat(recording.takeRequest(command("delete"), LONG)).hasFieldOrPropertyWithValue("name", "delete");
        assertThat(recording.requests(command("get"))).hasSize(2);
        assertThat(recording.takeRequest(LONG)).hasFieldOrPropertyWithValue("name", "get");
        assertThat(recording.takeRequest(LONG)).hasFieldOrPropertyWithValue("name", "set");
        assertThat(recording.takeRequest(command("set"), Duration.ZERO)).isNull();
        assertThat(names()).containsExactly("get");
        assertThat(recording.count()).isEqualTo(4);
    }

    @Test
    void shouldWaitNoLongerThanAsked() throws InterruptedException {
        recording.start();
        record("get");
        assertThat(recording.takeRequest(command("set"), Duration.ofMillis(20))).isNull();
        assertThat(recording.takeRequest(command("set"), Duration.ofMillis(-1))).isNull();
        assertThat(recording.takeRequest(Duration.ofSeconds(Long.MAX_VALUE))).isNotNull();
    }

    @Test
    void shouldWaitForACommandThatMatches() throws Exception {
        recording.start();
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            Future<Command> taken = executor.submit(() -> recording.takeRequest(command("set"), LONG));
            record("get", "set");
            assertThat(taken.get().name()).isEqualTo("set");
        } finally {
            executor.shutdownNow();
        }
        assertThat(names()).containsExactly("get");
    }

    @Test
    void shouldGiveEachCommandToOneOfManyWhoWait() throws Exception {
        recording.start();
        ExecutorService executor = Executors.newFixedThreadPool(4);
        try {
            List<Future<Command>> taken = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                taken.add(executor.submit(() -> recording.takeRequest(LONG)));
            }
            IntStream.range(0, 4).forEach(i -> record("v" + i));
            List<String> names = new ArrayList<>();
            for (Future<Command> one : taken) {
                names.add(one.get().name());
            }
            assertThat(names).containsExactlyInAnyOrder("v0", "v1", "v2", "v3");
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void shouldForgetEverything() {
        recording.start(1);
        record("a", "b");
        recording.clear();
        assertThat(names()).isEmpty();
        assertThat(recording.count()).isZero();
        assertThat(recording.droppedCount()).isZero();
        assertThat(recording.isOn()).isTrue();
    }

    @Test
    void shouldTellWhenItIsSwitched() {
        List<Boolean> told = new ArrayList<>();
        Recording[] switched = new Recording[1];
        switched[0] = new Recording(() -> told.add(switched[0].isOn()));
        switched[0].start();
        switched[0].stop();
        assertThat(told).containsExactly(true, false);
    }

    @Test
    void shouldRefuseToKeepNothing() {
        assertThatThrownBy(() -> recording.start(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("stop()");
    }

    @Test
    void shouldSayThatItIsOffInsteadOfWaiting() {
        assertThatThrownBy(() -> recording.takeRequest(LONG))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the recording is off", "recording().start()", "recordCommands");
        assertThatThrownBy(() -> recording.takeRequest(command("get"), Duration.ZERO))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(recording::requests)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("recording().start()");
    }

    @Test
    void shouldGiveWhatWasRecordedBeforeItWasSwitchedOff() throws InterruptedException {
        recording.start();
        record("get");
        recording.stop();
        assertThat(recording.takeRequest(LONG)).isNotNull();
        assertThat(recording.requests()).isEmpty();
        assertThatThrownBy(() -> recording.takeRequest(LONG)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldWakeWhoWaitsWhenItIsSwitchedOffOrItsServerClosed() throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            for (Runnable end : List.<Runnable>of(recording::stop, recording::serverClosed)) {
                recording.start();
                Thread[] waiting = new Thread[1];
                Future<Command> taken = executor.submit(() -> {
                    waiting[0] = Thread.currentThread();
                    return recording.takeRequest(LONG);
                });
                eventually("it waits", () -> waiting[0] != null && waiting[0].getState() == Thread.State.TIMED_WAITING);
                end.run();
                assertThatThrownBy(taken::get).hasCauseInstanceOf(IllegalStateException.class);
            }
        } finally {
            executor.shutdownNow();
        }
        assertThatThrownBy(recording::start).hasMessageContaining("the server has been closed");
        assertThatThrownBy(() -> recording.takeRequest(LONG)).hasMessageContaining("the server has been closed");
    }
}
