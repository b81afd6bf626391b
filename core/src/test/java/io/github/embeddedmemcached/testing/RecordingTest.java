package io.github.embeddedmemcached.testing;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static io.github.embeddedmemcached.testing.CommandMatcher.command;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.internal.intercept.InterceptResult;
import io.github.embeddedmemcached.internal.intercept.Interceptor;
import io.github.embeddedmemcached.internal.testing.Fixtures;
import io.github.embeddedmemcached.internal.testing.RecordingControl;
import io.github.embeddedmemcached.protocol.Command;
import io.github.embeddedmemcached.protocol.Command.Protocol;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Tests which commands are kept and dropped, and how a thread waits for one. */
class RecordingTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Recording recording = Fixtures.newRecording(Recording.class, () -> {});
    private final RecordingControl control = Fixtures.recordingControl(recording);
    private final Interceptor interceptor = control.interceptor();

    private static Command named(String name) {
        return CommandMatcherTest.newCommand(name, List.of(), Protocol.TEXT, false, 1);
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
            assertThat(interceptor.onCommand(named(name))).isSameAs(InterceptResult.PROCEED);
        }
    }

    private List<String> names() {
        return recording.commands().stream().map(Command::name).toList();
    }

    @Test
    void shouldRecordBetweenStartAndStop() {
        record("a");
        recording.start();
        record("b");
        recording.stop();
        record("c");
        assertThat(names()).containsExactly("b");
        recording.start();
        record("d");
        assertThat(names()).containsExactly("b", "d");
        assertThat(recording).hasToString("Recording[on, 2 recorded, 2 available, 0 dropped]");
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
    void shouldDropTheOldestBeyondTheByteLimit() {
        recording.start();
        int fifthOfTheLimit = 13 << 20;
        for (int i = 0; i < 6; i++) {
            interceptor.onCommand(withValue("v" + i, fifthOfTheLimit));
        }
        assertThat(names()).containsExactly("v2", "v3", "v4", "v5");
        assertThat(recording.droppedCount()).isEqualTo(2);
        interceptor.onCommand(withValue("huge", 80 << 20));
        assertThat(names())
                .as("the newest command is kept regardless of its size")
                .containsExactly("huge");
        record("small");
        assertThat(names()).containsExactly("small");
    }

    @Test
    void shouldSubtractTheBytesOfTakenCommands() throws InterruptedException {
        recording.start();
        for (int i = 0; i < 20; i++) {
            interceptor.onCommand(withValue("v" + i, 13 << 20));
            assertThat(recording.takeCommand(Duration.ZERO)).isNotNull();
        }
        assertThat(recording.droppedCount()).isZero();
    }

    @Test
    void shouldTakeEachCommandOnceInOrder() throws InterruptedException {
        recording.start();
        record("get", "set", "get", "delete");
        assertThat(recording.takeCommand(command("delete"), LONG)).hasFieldOrPropertyWithValue("name", "delete");
        assertThat(recording.commands(command("get"))).hasSize(2);
        assertThat(recording.takeCommand(LONG)).hasFieldOrPropertyWithValue("name", "get");
        assertThat(recording.takeCommand(LONG)).hasFieldOrPropertyWithValue("name", "set");
        assertThat(recording.takeCommand(command("set"), Duration.ZERO)).isNull();
        assertThat(names()).containsExactly("get");
        assertThat(recording.count()).isEqualTo(4);
    }

    @Test
    void shouldWaitNoLongerThanTheTimeout() throws InterruptedException {
        recording.start();
        record("get");
        assertThat(recording.takeCommand(command("set"), Duration.ofMillis(20))).isNull();
        assertThat(recording.takeCommand(command("set"), Duration.ofMillis(-1))).isNull();
        assertThat(recording.takeCommand(Duration.ofSeconds(Long.MAX_VALUE))).isNotNull();
    }

    @Test
    void shouldWaitForACommandThatMatches() throws Exception {
        recording.start();
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            Future<Command> taken = executor.submit(() -> recording.takeCommand(command("set"), LONG));
            record("get", "set");
            assertThat(taken.get().name()).isEqualTo("set");
        } finally {
            executor.shutdownNow();
        }
        assertThat(names()).containsExactly("get");
    }

    @Test
    void shouldReturnEachCommandToOneOfSeveralWaitingThreads() throws Exception {
        recording.start();
        ExecutorService executor = Executors.newFixedThreadPool(4);
        try {
            List<Future<Command>> taken = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                taken.add(executor.submit(() -> recording.takeCommand(LONG)));
            }
            IntStream.range(0, 4).forEach(i -> record("v" + i));
            List<String> names = new ArrayList<>();
            for (Future<Command> command : taken) {
                names.add(command.get().name());
            }
            assertThat(names).containsExactlyInAnyOrder("v0", "v1", "v2", "v3");
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void shouldClearCommandsAndCounters() {
        recording.start(1);
        record("a", "b");
        recording.clear();
        assertThat(names()).isEmpty();
        assertThat(recording.count()).isZero();
        assertThat(recording.droppedCount()).isZero();
        assertThat(recording.isOn()).isTrue();
    }

    @Test
    void shouldReportStartAndStop() {
        List<Boolean> reported = new ArrayList<>();
        Recording[] switched = new Recording[1];
        switched[0] = Fixtures.newRecording(Recording.class, () -> reported.add(switched[0].isOn()));
        switched[0].start();
        switched[0].stop();
        assertThat(reported).containsExactly(true, false);
    }

    @Test
    void shouldRejectALimitOfZero() {
        assertThatThrownBy(() -> recording.start(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("stop()");
    }

    @Test
    void shouldThrowInsteadOfWaitingWhileOff() {
        assertThatThrownBy(() -> recording.takeCommand(LONG))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the recording is off", "recording().start()", "recordCommands");
        assertThatThrownBy(() -> recording.takeCommand(command("get"), Duration.ZERO))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(recording::commands)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("recording().start()");
    }

    @Test
    void shouldReturnCommandsRecordedBeforeStop() throws InterruptedException {
        recording.start();
        record("get");
        recording.stop();
        assertThat(recording.takeCommand(LONG)).isNotNull();
        assertThat(recording.commands()).isEmpty();
        assertThatThrownBy(() -> recording.takeCommand(LONG)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldWakeWaitingThreadsOnStopAndServerClose() throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            for (Runnable end : List.<Runnable>of(recording::stop, control::serverClosed)) {
                recording.start();
                Thread[] waiting = new Thread[1];
                Future<Command> taken = executor.submit(() -> {
                    waiting[0] = Thread.currentThread();
                    return recording.takeCommand(LONG);
                });
                eventually(
                        "the thread waits",
                        () -> waiting[0] != null && waiting[0].getState() == Thread.State.TIMED_WAITING);
                end.run();
                assertThatThrownBy(taken::get).hasCauseInstanceOf(IllegalStateException.class);
            }
        } finally {
            executor.shutdownNow();
        }
        assertThatThrownBy(recording::start).hasMessageContaining("the server has been closed");
        assertThatThrownBy(() -> recording.takeCommand(LONG)).hasMessageContaining("the server has been closed");
    }
}
