package io.github.embeddedmemcached.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.internal.intercept.InterceptResult;
import io.github.embeddedmemcached.internal.intercept.InterceptResult.Reply;
import io.github.embeddedmemcached.internal.intercept.Interceptor;
import io.github.embeddedmemcached.internal.intercept.ResponseFault;
import io.github.embeddedmemcached.internal.testing.FaultsControl;
import io.github.embeddedmemcached.internal.testing.FaultsHost;
import io.github.embeddedmemcached.internal.testing.Fixtures;
import io.github.embeddedmemcached.protocol.Command;
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

/** Tests which rule triggers for which command. */
class FaultsTest {
    /** Records the calls. */
    private static final class Host implements FaultsHost {
        int changes;
        int refusalChanges;
        final List<Predicate<? super ResponseFault>> ended = new ArrayList<>();

        @Override
        public synchronized void rulesChanged() {
            changes++;
        }

        @Override
        public void endFaults(Predicate<? super ResponseFault> predicate) {
            ended.add(predicate);
        }

        @Override
        public void refusalsChanged() {
            refusalChanges++;
        }
    }

    private final Host host = new Host();
    private final Faults faults = Fixtures.newFaults(Faults.class, host);
    private final FaultsControl control = Fixtures.faultsControl(faults);
    private final Interceptor interceptor = control.interceptor();

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

    /** Passes a command to the interceptor, and returns the error message of the reply, or "-" if there is none. */
    private String replyTo(String name) {
        Reply reply = interceptor.onCommand(command(name)).reply();
        return reply instanceof Reply.Failure failure ? failure.line().substring("SERVER_ERROR ".length()) : "-";
    }

    private String replyTo(String name, int times) {
        StringBuilder replies = new StringBuilder();
        for (int i = 0; i < times; i++) {
            replies.append(replyTo(name));
        }
        return replies.toString();
    }

    @Test
    void shouldProceedWithoutARule() {
        assertThat(control.interceptor().isActive()).isFalse();
        assertThat(interceptor.onCommand(command("get"))).isSameAs(InterceptResult.PROCEED);
        assertThat(interceptor.onConnect(1)).isSameAs(InterceptResult.PROCEED);
        assertThat(faults.rules()).isEmpty();
    }

    @Test
    void shouldTriggerForMatchingCommandsUntilRemoved() {
        FaultRule rule = faults.on(CommandMatcher.command("get")).inject(Fault.serverError("a"));
        assertThat(replyTo("get", 3) + replyTo("set", 2)).isEqualTo("aaa--");
        assertThat(rule.timesTriggered()).isEqualTo(3);
        rule.remove();
        assertThat(replyTo("get")).isEqualTo("-");
        assertThat(rule.timesTriggered()).isEqualTo(3);
        rule.remove();
        assertThat(control.interceptor().isActive()).isFalse();
    }

    @Test
    void shouldTriggerForEveryCommand() {
        faults.inject(Fault.serverError("a"));
        assertThat(replyTo("get") + replyTo("set") + replyTo("")).isEqualTo("aaa");
    }

    @Test
    void shouldTriggerAsOftenAsConfigured() {
        faults.on(CommandMatcher.command("get")).once().inject(Fault.serverError("a"));
        faults.on(CommandMatcher.command("set")).times(2).inject(Fault.serverError("a"));
        faults.on(CommandMatcher.command("add")).nth(3).inject(Fault.serverError("a"));
        faults.on(CommandMatcher.command("cas")).skip(2).inject(Fault.serverError("a"));
        faults.on(CommandMatcher.command("incr")).skip(1).times(2).inject(Fault.serverError("a"));
        assertThat(replyTo("get", 4)).isEqualTo("a---");
        assertThat(replyTo("set", 4)).isEqualTo("aa--");
        assertThat(replyTo("add", 5)).isEqualTo("--a--");
        assertThat(replyTo("cas", 5)).isEqualTo("--aaa");
        assertThat(replyTo("incr", 5)).isEqualTo("-aa--");
        assertThat(faults.rules().stream().map(FaultRule::timesTriggered)).containsExactly(1L, 2L, 1L, 3L, 2L);
    }

    @Test
    void shouldApplyOnlyTheFirstRuleThatTriggers() {
        faults.on(CommandMatcher.command("get")).times(2).inject(Fault.serverError("a"));
        FaultRule second =
                faults.on(CommandMatcher.command("get")).skip(1).times(2).inject(Fault.serverError("b"));
        faults.on(CommandMatcher.command("get")).inject(Fault.serverError("c"));
        assertThat(replyTo("get", 7)).isEqualTo("aacbbcc");
        assertThat(second.timesTriggered()).isEqualTo(2);
    }

    @Test
    void shouldKeepAnExhaustedRuleAndBecomeInactive() {
        FaultRule rule = faults.on(CommandMatcher.command("get")).once().inject(Fault.busy());
        assertThat(control.interceptor().isActive()).isTrue();
        int changes = host.changes;
        replyTo("get");
        assertThat(host.changes).isEqualTo(changes + 1);
        assertThat(control.interceptor().isActive()).isFalse();
        assertThat(faults.rules()).containsExactly(rule);
        rule.remove();
        assertThat(faults.rules()).isEmpty();
    }

    @Test
    void shouldCountMatchesOfAllThreads() throws Exception {
        FaultRule rule =
                faults.on(CommandMatcher.command("get")).skip(100).times(500).inject(Fault.serverError("a"));
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<String>> replies = IntStream.range(0, 4)
                    .mapToObj(i -> threads.submit(() -> replyTo("get", 1000)))
                    .toList();
            long triggered = 0;
            for (Future<String> reply : replies) {
                triggered += reply.get().chars().filter(c -> c == 'a').count();
            }
            assertThat(triggered).isEqualTo(500);
            assertThat(rule.timesTriggered()).isEqualTo(500);
            assertThat(control.interceptor().isActive()).isFalse();
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void shouldApplyConnectionRulesOnlyToConnections() {
        FaultRule rule = faults.onConnect().nth(2).inject(Fault.stall());
        assertThat(interceptor.onCommand(command("get"))).isSameAs(InterceptResult.PROCEED);
        assertThat(interceptor.onConnect(1)).isSameAs(InterceptResult.PROCEED);
        assertThat(interceptor.onConnect(2).fault())
                .isEqualTo(new ResponseFault(ResponseFault.Kind.STALL, 0, Duration.ZERO));
        assertThat(interceptor.onConnect(3)).isSameAs(InterceptResult.PROCEED);
        assertThat(rule.timesTriggered()).isEqualTo(1);
    }

    @Test
    void shouldEndOnlyTheFaultsOfARemovedRule() {
        Fault fault = Fault.delay(Duration.ofSeconds(1));
        FaultRule rule = faults.on(CommandMatcher.command("get")).inject(fault);
        faults.on(CommandMatcher.command("set")).inject(fault);
        ResponseFault own =
                Objects.requireNonNull(interceptor.onCommand(command("get")).fault());
        ResponseFault another =
                Objects.requireNonNull(interceptor.onCommand(command("set")).fault());
        assertThat(own).isEqualTo(another);
        rule.remove();
        assertThat(host.ended.get(0).test(own)).isTrue();
        assertThat(host.ended.get(0).test(another)).isFalse();
        faults.clear();
        assertThat(host.ended.get(1).test(another)).isTrue();
        assertThat(faults.rules()).isEmpty();
    }

    @Test
    void shouldRefuseConnectionsWhileThereIsARefusalRule() {
        FaultRule one = faults.refuseConnections();
        FaultRule other = faults.refuseConnections();
        one.remove();
        assertThat(control.isRefusing()).isTrue();
        other.remove();
        assertThat(control.isRefusing()).isFalse();
        faults.refuseConnections();
        faults.clear();
        assertThat(control.isRefusing()).isFalse();
        assertThat(host.refusalChanges).isEqualTo(6);
        assertThat(control.interceptor().isActive()).isFalse();
    }

    @Test
    void shouldDescribeRules() {
        faults.on(CommandMatcher.command("get").key("k")).nth(3).inject(Fault.delay(Duration.ofMillis(300)));
        faults.on(CommandMatcher.command("get").key("k")).times(2).inject(Fault.reply("END\r\n"));
        faults.inject(Fault.outOfMemory());
        faults.onConnect().skip(1).inject(Fault.resetAfter(5));
        faults.refuseConnections();
        interceptor.onCommand(command("get"));
        assertThat(faults.rules())
                .extracting(FaultRule::toString)
                .containsExactly(
                        "on get with key k, once after 2: delay of PT0.3S [triggered 0 times]",
                        "on get with key k, 2 times: reply \"END\\r\\n\" [triggered 1 time]",
                        "on any command: SERVER_ERROR out of memory storing object (status 0x82) [triggered 0 times]",
                        "on connect, after 1: reset after 5 bytes [triggered 0 times]",
                        "connections: refused [triggered 0 times]");
    }

    @Test
    void shouldRejectInvalidRules() {
        FaultRule.Builder rule = faults.on(CommandMatcher.command("get"));
        assertThatThrownBy(() -> rule.nth(0)).hasMessage("the number of the match must be at least 1: 0");
        assertThatThrownBy(() -> rule.times(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> rule.skip(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Fault.delay(Duration.ofMillis(-1))).hasMessageContaining("negative");
        assertThatThrownBy(() -> Fault.throttle(0, Duration.ZERO)).hasMessageContaining("at least 1, but is 0");
        assertThatThrownBy(() -> Fault.closeAfter(-1)).hasMessageContaining("at least 0, but is -1");
        assertThatThrownBy(() -> Fault.status(0, "fine")).hasMessageContaining("from 1 to 65535");
        assertThatThrownBy(() -> Fault.serverError("two\r\nlines")).hasMessageContaining("single line");
        assertThatThrownBy(() -> faults.onConnect().inject(Fault.busy())).hasMessageContaining("use on(...)");
        assertThat(faults.rules()).isEmpty();
    }
}
