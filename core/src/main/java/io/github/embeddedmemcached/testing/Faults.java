package io.github.embeddedmemcached.testing;

import io.github.embeddedmemcached.internal.intercept.InterceptResult;
import io.github.embeddedmemcached.internal.intercept.Interceptor;
import io.github.embeddedmemcached.internal.testing.FaultsControl;
import io.github.embeddedmemcached.internal.testing.FaultsHost;
import io.github.embeddedmemcached.protocol.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The fault rules of a server, for tests of how a client handles failures. Obtained from {@code EmbeddedMemcached.faults()}.
 *
 * <pre>{@code
 * Faults faults = memcached.faults();
 * faults.on(command("get").key("k")).once().inject(Fault.delay(Duration.ofMillis(300)));
 * faults.on(command("set")).nth(3).inject(Fault.outOfMemory());
 * faults.onConnect().nth(2).inject(Fault.stall());
 * FaultRule refusal = faults.refuseConnections();
 * ...
 * refusal.remove();
 * faults.clear();
 * }</pre>
 *
 * <p>Rules are evaluated in the order in which they were created. The first rule that triggers determines the fault; later rules do not
 * count that match. An exhausted rule remains in {@link #rules()} with its statistics until it is removed. Faults have no cost while no
 * rule can trigger.
 *
 * <p>A connection can have both a fault of its own, by {@link #onConnect()}, and the fault of a command. The connection's fault is
 * suspended while the command's fault lasts.
 *
 * <p>Thread-safe.
 */
public final class Faults {
    static {
        FixtureFactory.register();
    }

    /** A rule and the commands that it matches; a rule for connections matches no command. */
    private record Entry(FaultRule rule, Predicate<? super Command> commands) {}

    private final FaultsHost host;
    final Control control = new Control();
    private final Object lock = new Object(); // not held during calls to the host

    // volatile: read by the server's threads; replaced under lock
    private volatile List<Entry> onCommand = List.of();
    private volatile List<Entry> onConnect = List.of();
    private volatile List<Entry> refusals = List.of();

    Faults(FaultsHost host) {
        this.host = host;
    }

    // ---- creating rules

    /**
     * Begins a rule for commands.
     *
     * @param commands selects the commands, see {@link CommandMatcher}; it is also tested with malformed input, see
     *     {@link Command#malformed}. Called by the server's threads, possibly several at the same time
     * @return a builder, whose {@link FaultRule.Builder#inject} creates the rule
     * @throws IllegalStateException if the server has been closed
     */
    public FaultRule.Builder on(Predicate<? super Command> commands) {
        Objects.requireNonNull(commands, "commands");
        host.checkOpen();
        return new FaultRule.Builder((limits, fault) -> {
            host.checkOpen();
            FaultRule rule = new FaultRule(this, "on " + commands, limits, fault);
            synchronized (lock) {
                onCommand = with(onCommand, new Entry(rule, commands));
            }
            host.rulesChanged();
            return rule;
        });
    }

    /**
     * Begins a rule for new connections. Its fault must be a transport fault, see {@link Fault}, and applies to the connection as a
     * whole: bytes are counted from the first byte sent, a delay begins when the connection is accepted, and a connection to be
     * closed or reset after 0 bytes is closed or reset at once. It does not apply to UDP clients.
     *
     * @return a builder, whose {@link FaultRule.Builder#inject} creates the rule
     * @throws IllegalStateException if the server has been closed
     */
    public FaultRule.Builder onConnect() {
        host.checkOpen();
        return new FaultRule.Builder((limits, fault) -> {
            if (!fault.isForConnections()) {
                throw new IllegalArgumentException(
                        "only a transport fault can be injected into a new connection, use on(...) for: " + fault);
            }
            host.checkOpen();
            FaultRule rule = new FaultRule(this, "on connect", limits, fault);
            synchronized (lock) {
                onConnect = with(onConnect, entryOfConnections(rule));
            }
            host.rulesChanged();
            return rule;
        });
    }

    /**
     * Injects a fault into every command. Equivalent to {@code on(anyCommand()).inject(fault)}.
     *
     * @param fault the fault to inject
     * @return the rule, for its statistics and to remove it
     * @throws IllegalStateException if the server has been closed
     */
    public FaultRule inject(Fault fault) {
        return on(CommandMatcher.anyCommand()).inject(fault);
    }

    /**
     * Refuses new connections, as a closed port does, until the rule is removed. Existing connections remain open, and UDP requests are
     * still served.
     *
     * @return the rule, to remove it
     * @throws IllegalStateException if the server has been closed
     */
    public FaultRule refuseConnections() {
        host.checkOpen();
        FaultRule rule = FaultRule.refusal(this);
        synchronized (lock) {
            refusals = with(refusals, entryOfConnections(rule));
        }
        host.refusalsChanged();
        return rule;
    }

    private static Entry entryOfConnections(FaultRule rule) {
        return new Entry(rule, command -> false);
    }

    private static List<Entry> with(List<Entry> entries, Entry added) {
        List<Entry> all = new ArrayList<>(entries);
        all.add(added);
        return List.copyOf(all);
    }

    // ---- existing rules

    /**
     * Returns the rules that have not been removed, including exhausted ones.
     *
     * @return a copy: the rules for commands, those for connections and those that refuse connections, each in the order of evaluation
     */
    public List<FaultRule> rules() {
        synchronized (lock) {
            return Stream.of(onCommand, onConnect, refusals)
                    .flatMap(List::stream)
                    .map(Entry::rule)
                    .toList();
        }
    }

    /**
     * Removes all rules, and ends their faults in progress, see {@link FaultRule#remove}. Also permitted when the server has been
     * closed, for methods that clean up after a test.
     */
    public void clear() {
        boolean wasRefusing;
        synchronized (lock) {
            wasRefusing = isRefusing();
            onCommand = List.of();
            onConnect = List.of();
            refusals = List.of();
        }
        host.rulesChanged();
        host.endFaults(fault -> true);
        if (wasRefusing) {
            host.refusalsChanged();
        }
    }

    void remove(FaultRule rule) {
        boolean wasRefusing;
        synchronized (lock) {
            int refusalsBefore = refusals.size();
            onCommand = without(onCommand, rule);
            onConnect = without(onConnect, rule);
            refusals = without(refusals, rule);
            wasRefusing = refusals.size() < refusalsBefore;
        }
        if (wasRefusing) {
            host.refusalsChanged();
        } else {
            host.rulesChanged();
            host.endFaults(rule::causes);
        }
    }

    private static List<Entry> without(List<Entry> entries, FaultRule rule) {
        return entries.stream().filter(entry -> !entry.rule.equals(rule)).toList();
    }

    // ---- for the server

    boolean isActive() {
        return canTrigger(onCommand) || canTrigger(onConnect);
    }

    private static boolean canTrigger(List<Entry> entries) {
        // Not a stream: initializing the stream classes would slow down the start of a server.
        for (Entry entry : entries) {
            if (!entry.rule.isExhausted()) {
                return true;
            }
        }
        return false;
    }

    boolean isRefusing() {
        return !refusals.isEmpty();
    }

    private InterceptResult trigger(FaultRule rule) {
        if (rule.isExhausted()) {
            host.rulesChanged();
        }
        return rule.result();
    }

    final class Control implements FaultsControl, Interceptor {
        @Override
        public Interceptor interceptor() {
            return this;
        }

        @Override
        public boolean isActive() {
            return Faults.this.isActive();
        }

        @Override
        public boolean isRefusing() {
            return Faults.this.isRefusing();
        }

        @Override
        public InterceptResult onCommand(Command command) {
            for (Entry entry : onCommand) {
                FaultRule rule = entry.rule;
                if (!rule.isExhausted() && entry.commands.test(command) && rule.countMatch()) {
                    return trigger(rule);
                }
            }
            return InterceptResult.PROCEED;
        }

        @Override
        public InterceptResult onConnect(int connection) {
            for (Entry entry : onConnect) {
                FaultRule rule = entry.rule;
                if (!rule.isExhausted() && rule.countMatch()) {
                    return trigger(rule);
                }
            }
            return InterceptResult.PROCEED;
        }
    }

    /** Lists the rules. */
    @Override
    public String toString() {
        return "Faults" + rules();
    }
}
