package io.github.embeddedmemcached.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.protocol.Command;
import io.github.embeddedmemcached.protocol.Disturbance;
import io.github.embeddedmemcached.protocol.Verdict;
import io.github.embeddedmemcached.protocol.Verdict.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which rule decides about which command. */
class FaultsTest {
    /** Remembers what was asked of it. */
    private static final class Host implements Faults.Host {
        int changes;
        int refusalChanges;
        final List<Predicate<? super Disturbance>> ended = new ArrayList<>();

        @Override
        public synchronized void rulesChanged() {
            changes++;
        }

        @Override
        public void endDisturbances(Predicate<? super Disturbance> which) {
            ended.add(which);
        }

        @Override
        public void refusalsChanged() {
            refusalChanges++;
        }
    }

    private final Host host = new Host();
    private final Faults faults = new Faults(host);

    private static Command command(String name) {
        return new Command(
                name,
                List.of("k"),
                Command.Protocol.TEXT,
                0,
                0,
                0,
                0,
                null,
                false,
                null,
                name,
                false,
                1,
                Instant.EPOCH);
    }

    /** The error that a command gets, by the first letter of its message; - for none. */
    private String ask(String name) {
        Answer answer = faults.onCommand(command(name)).answer();
        return answer instanceof Answer.Failure failure ? failure.line().substring("SERVER_ERROR ".length()) : "-";
    }

    private String ask(String name, int times) {
        StringBuilder answers = new StringBuilder();
        for (int i = 0; i < times; i++) {
            answers.append(ask(name));
        }
        return answers.toString();
    }

    @Test
    void shouldDecideNothingWithoutARule() {
        assertThat(faults.isActive()).isFalse();
        assertThat(faults.onCommand(command("get"))).isSameAs(Verdict.PROCEED);
        assertThat(faults.onConnect(1)).isSameAs(Verdict.PROCEED);
        assertThat(faults.rules()).isEmpty();
    }

    @Test
    void shouldHitWhatMatchesUntilTheRuleIsRemoved() {
        FaultRule rule = faults.on(CommandMatcher.command("get")).inject(Fault.serverError("a"));
        assertThat(ask("get", 3) + ask("set", 2)).isEqualTo("aaa--");
        assertThat(rule.hits()).isEqualTo(3);
        rule.remove();
        assertThat(ask("get")).isEqualTo("-");
        assertThat(rule.hits()).isEqualTo(3);
        rule.remove();
        assertThat(faults.isActive()).isFalse();
    }

    @Test
    void shouldHitEverything() {
        faults.inject(Fault.serverError("a"));
        assertThat(ask("get") + ask("set") + ask("")).isEqualTo("aaa");
    }

    @Test
    void shouldHitSoOftenAsItIsTold() {
        faults.on(CommandMatcher.command("get")).once().inject(Fault.serverError("a"));
        faults.on(CommandMatcher.command("set")).times(2).inject(Fault.serverError("a"));
        faults.on(CommandMatcher.command("add")).nth(3).inject(Fault.serverError("a"));
        faults.on(CommandMatcher.command("cas")).skip(2).inject(Fault.serverError("a"));
        faults.on(CommandMatcher.command("incr")).skip(1).times(2).inject(Fault.serverError("a"));
        assertThat(ask("get", 4)).isEqualTo("a---");
        assertThat(ask("set", 4)).isEqualTo("aa--");
        assertThat(ask("add", 5)).isEqualTo("--a--");
        assertThat(ask("cas", 5)).isEqualTo("--aaa");
        assertThat(ask("incr", 5)).isEqualTo("-aa--");
        assertThat(faults.rules().stream().map(FaultRule::hits)).containsExactly(1L, 2L, 1L, 3L, 2L);
    }

    @Test
    void shouldLetTheFirstRuleDecideThatHits() {
        faults.on(CommandMatcher.command("get")).times(2).inject(Fault.serverError("a"));
        FaultRule second =
                faults.on(CommandMatcher.command("get")).skip(1).times(2).inject(Fault.serverError("b"));
        faults.on(CommandMatcher.command("get")).inject(Fault.serverError("c"));
        assertThat(ask("get", 7)).isEqualTo("aacbbcc");
        assertThat(second.hits()).isEqualTo(2);
    }

    @Test
    void shouldKeepARuleThatIsUsedUpAndAskForNoCommandsOnItsBehalf() {
        FaultRule rule = faults.on(CommandMatcher.command("get")).once().inject(Fault.busy());
        assertThat(faults.isActive()).isTrue();
        int changes = host.changes;
        ask("get");
        assertThat(host.changes).isEqualTo(changes + 1);
        assertThat(faults.isActive()).isFalse();
        assertThat(faults.rules()).containsExactly(rule);
        rule.remove();
        assertThat(faults.rules()).isEmpty();
    }

    @Test
    void shouldCountOccurrencesOfAllThreadsTogether() throws Exception {
        FaultRule rule =
                faults.on(CommandMatcher.command("get")).skip(100).times(500).inject(Fault.serverError("a"));
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<String>> answers = IntStream.range(0, 4)
                    .mapToObj(i -> threads.submit(() -> ask("get", 1000)))
                    .toList();
            long hits = 0;
            for (Future<String> answer : answers) {
                hits += answer.get().chars().filter(c -> c == 'a').count();
            }
            assertThat(hits).isEqualTo(500);
            assertThat(rule.hits()).isEqualTo(500);
            assertThat(faults.isActive()).isFalse();
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void shouldDecideAboutConnectionsApart() {
        FaultRule rule = faults.onConnect().nth(2).inject(Fault.neverAnswer());
        assertThat(faults.onCommand(command("get"))).isSameAs(Verdict.PROCEED);
        assertThat(faults.onConnect(1)).isSameAs(Verdict.PROCEED);
        assertThat(faults.onConnect(2).disturbance())
                .isEqualTo(new Disturbance(Disturbance.Kind.STALL, 0, Duration.ZERO));
        assertThat(faults.onConnect(3)).isSameAs(Verdict.PROCEED);
        assertThat(rule.hits()).isEqualTo(1);
    }

    @Test
    void shouldEndWhatARemovedRuleIsStillDoingAndNoOthers() {
        Fault fault = Fault.delay(Duration.ofSeconds(1));
        FaultRule rule = faults.on(CommandMatcher.command("get")).inject(fault);
        faults.on(CommandMatcher.command("set")).inject(fault);
        Disturbance own =
                Objects.requireNonNull(faults.onCommand(command("get")).disturbance());
        Disturbance another =
                Objects.requireNonNull(faults.onCommand(command("set")).disturbance());
        assertThat(own).isEqualTo(another);
        rule.remove();
        assertThat(host.ended.get(0).test(own)).isTrue();
        assertThat(host.ended.get(0).test(another)).isFalse();
        faults.clear();
        assertThat(host.ended.get(1).test(another)).isTrue();
        assertThat(faults.rules()).isEmpty();
    }

    @Test
    void shouldRefuseConnectionsWhileAnyRuleSaysSo() {
        FaultRule one = faults.refuseConnections();
        FaultRule other = faults.refuseConnections();
        one.remove();
        assertThat(faults.isRefusing()).isTrue();
        other.remove();
        assertThat(faults.isRefusing()).isFalse();
        faults.refuseConnections();
        faults.clear();
        assertThat(faults.isRefusing()).isFalse();
        assertThat(host.refusalChanges).isEqualTo(6);
        assertThat(faults.isActive()).isFalse();
    }

    @Test
    void shouldSayWhatItDoes() {
        faults.on(CommandMatcher.command("get").key("k")).nth(3).inject(Fault.delay(Duration.ofMillis(300)));
        faults.on(CommandMatcher.command("get").key("k")).times(2).inject(Fault.answer("END\r\n"));
        faults.inject(Fault.outOfMemory());
        faults.onConnect().skip(1).inject(Fault.resetAfter(5));
        faults.refuseConnections();
        faults.onCommand(command("get"));
        assertThat(faults.rules())
                .extracting(FaultRule::toString)
                .containsExactly(
                        "on get with key k, once after 2: delay of PT0.3S [0 hits]",
                        "on get with key k, 2 times: answer \"END\\r\\n\" [1 hit]",
                        "on any command: SERVER_ERROR out of memory storing object (status 0x82) [0 hits]",
                        "on connect, after 1: reset after 5 bytes [0 hits]",
                        "connections: refused [0 hits]");
    }

    @Test
    void shouldRefuseWhatMakesNoSense() {
        FaultRule.Builder rule = faults.on(CommandMatcher.command("get"));
        assertThatThrownBy(() -> rule.nth(0)).hasMessage("must be at least 1, and is 0");
        assertThatThrownBy(() -> rule.times(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> rule.skip(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Fault.delay(Duration.ofMillis(-1))).hasMessageContaining("negative");
        assertThatThrownBy(() -> Fault.drip(0, Duration.ZERO)).hasMessageContaining("too small");
        assertThatThrownBy(() -> Fault.closeAfter(-1)).hasMessageContaining("too small");
        assertThatThrownBy(() -> Fault.status(0, "fine")).hasMessageContaining("1 to 65535");
        assertThatThrownBy(() -> Fault.serverError("two\r\nlines")).hasMessageContaining("one line");
        assertThatThrownBy(() -> faults.onConnect().inject(Fault.busy())).hasMessageContaining("needs on(...)");
        assertThat(faults.rules()).isEmpty();
    }
}
