package io.github.embeddedmemcached.testing;

import io.github.embeddedmemcached.protocol.Command;
import io.github.embeddedmemcached.protocol.Disturbance;
import io.github.embeddedmemcached.protocol.Interceptor;
import io.github.embeddedmemcached.protocol.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The rules by which a server fails its clients on purpose.
 *
 * <pre>{@code
 * Faults faults = memcached.faults();
 * faults.on(command("get").key("k")).once().inject(Fault.delay(Duration.ofMillis(300)));
 * faults.on(command("set")).nth(3).inject(Fault.outOfMemory());
 * faults.onConnect().nth(2).inject(Fault.neverAnswer());
 * FaultRule refusal = faults.refuseConnections();
 * ...
 * refusal.remove();
 * faults.clear();
 * }</pre>
 *
 * <p>Rules are tried in the order in which they were made. Each counts what matches it, unless a rule before it has hit already; the
 * first that hits decides. A rule that is used up stays among the {@link #rules()} with its hits until it is removed. A server pays
 * nothing for faults while no rule can hit.
 *
 * <p>A connection can have a fault of its own, by {@link #onConnect()}, and another of a command: as long as the command's lasts, the
 * connection's waits. Thread-safe.
 */
public final class Faults implements Interceptor {
    /** What is asked of the server; called by any thread, also its own. */
    public interface Host {
        /** Called when {@link #isActive()} may have changed. */
        void rulesChanged();

        /**
         * Ends disturbances that are under way: held answers are let go, stalled connections are closed.
         *
         * @param which those that are to end, by identity
         */
        void endDisturbances(Predicate<? super Disturbance> which);

        /** Called when {@link #isRefusing()} may have changed; returns when it is so. */
        void refusalsChanged();

        /**
         * Called when a rule is begun, and before it is made.
         *
         * @throws IllegalStateException if the server has been closed, so that a rule could never hit
         */
        default void checkOpen() {}
    }

    /** A rule, and what it matches if it is for commands. */
    private record Entry(FaultRule rule, Predicate<? super Command> commands) {}

    private static final Predicate<Command> NO_COMMAND = command -> false;

    private final Host host;
    private final Object lock = new Object(); // held for no call to the host

    // replaced under lock
    private volatile List<Entry> onCommand = List.of();
    private volatile List<Entry> onConnect = List.of();
    private volatile List<Entry> refusals = List.of();

    /**
     * Creates faults without any rule, for a server; {@code EmbeddedMemcached.faults()} has them already.
     *
     * @param host the server
     */
    public Faults(Host host) {
        this.host = host;
    }

    // ---- making rules

    /**
     * Begins a rule for commands.
     *
     * @param commands which; also what isn't a command is shown to it, see {@link Command#isMalformed}
     * @return what makes the rule
     * @throws IllegalStateException if the server has been closed
     */
    public FaultRule.Builder on(Predicate<? super Command> commands) {
        Objects.requireNonNull(commands, "commands");
        host.checkOpen();
        return new FaultRule.Builder((skipped, hitsMax, fault) -> {
            host.checkOpen();
            FaultRule rule =
                    new FaultRule(this, "on " + commands, skipped, hitsMax, fault.toString(), fault.newVerdict());
            synchronized (lock) {
                onCommand = with(onCommand, new Entry(rule, commands));
            }
            host.rulesChanged();
            return rule;
        });
    }

    /**
     * Begins a rule for new connections. Its fault must be one that disturbs answers, and befalls the connection as a whole: bytes
     * count from the first that it would be sent, a delay begins when it is accepted, and a connection that is to be closed or reset
     * without a byte is so at once. A client that speaks UDP makes no connection.
     *
     * @return what makes the rule
     * @throws IllegalStateException if the server has been closed
     */
    public FaultRule.Builder onConnect() {
        host.checkOpen();
        return new FaultRule.Builder((skipped, hitsMax, fault) -> {
            if (!fault.isForConnections()) {
                throw new IllegalArgumentException(
                        "a client that connects has asked for nothing yet, so this needs on(...): " + fault);
            }
            host.checkOpen();
            FaultRule rule = new FaultRule(this, "on connect", skipped, hitsMax, fault.toString(), fault.newVerdict());
            synchronized (lock) {
                onConnect = with(onConnect, new Entry(rule, NO_COMMAND));
            }
            host.rulesChanged();
            return rule;
        });
    }

    /**
     * Has every command fail: the same as {@code on(anyCommand()).inject(fault)}.
     *
     * @param fault what goes wrong
     * @return the rule, to be asked and removed by
     * @throws IllegalStateException if the server has been closed
     */
    public FaultRule inject(Fault fault) {
        return on(CommandMatcher.anyCommand()).inject(fault);
    }

    /**
     * Has clients refused that want to connect, as if nobody listened, until the rule is removed. Those that are connected already
     * stay. Datagrams still arrive.
     *
     * @return the rule, to be removed by
     * @throws IllegalStateException if the server has been closed
     */
    public FaultRule refuseConnections() {
        host.checkOpen();
        FaultRule rule = new FaultRule(this, "connections", 0, FaultRule.ALWAYS, "refused", Verdict.PROCEED);
        synchronized (lock) {
            refusals = with(refusals, new Entry(rule, NO_COMMAND));
        }
        host.refusalsChanged();
        return rule;
    }

    private static List<Entry> with(List<Entry> entries, Entry added) {
        List<Entry> all = new ArrayList<>(entries);
        all.add(added);
        return List.copyOf(all);
    }

    // ---- the rules there are

    /**
     * Returns the rules that haven't been removed, also those that are used up.
     *
     * @return those for commands, those for connections and those that refuse connections, each in the order in which they are tried
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
     * Removes all rules, and ends what they are still doing, see {@link FaultRule#remove}. This can also be called, by a method that
     * cleans up after a test, when the server has been closed.
     */
    public void clear() {
        boolean refused;
        synchronized (lock) {
            refused = isRefusing();
            onCommand = List.of();
            onConnect = List.of();
            refusals = List.of();
        }
        host.rulesChanged();
        host.endDisturbances(disturbance -> true);
        if (refused) {
            host.refusalsChanged();
        }
    }

    void remove(FaultRule rule) {
        boolean refused;
        synchronized (lock) {
            int refusalsBefore = refusals.size();
            onCommand = without(onCommand, rule);
            onConnect = without(onConnect, rule);
            refusals = without(refusals, rule);
            refused = refusals.size() < refusalsBefore;
        }
        if (refused) {
            host.refusalsChanged();
        } else {
            host.rulesChanged();
            host.endDisturbances(rule::causes);
        }
    }

    private static List<Entry> without(List<Entry> entries, FaultRule rule) {
        return entries.stream().filter(entry -> !entry.rule.equals(rule)).toList();
    }

    // ---- for the server

    /**
     * Tells whether any rule can still hit: whether commands and connections have to be shown to this interceptor.
     *
     * @return false if nothing can go wrong
     */
    public boolean isActive() {
        return hasUnused(onCommand) || hasUnused(onConnect);
    }

    private static boolean hasUnused(List<Entry> entries) {
        for (Entry entry :
                entries) { // no stream: the first one takes its time, and this is asked while a server starts
            if (!entry.rule.isUsedUp()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Tells whether clients that want to connect are to be refused.
     *
     * @return true as long as there is a rule that says so
     */
    public boolean isRefusing() {
        return !refusals.isEmpty();
    }

    @Override
    public Verdict onCommand(Command command) {
        for (Entry entry : onCommand) {
            FaultRule rule = entry.rule;
            if (!rule.isUsedUp() && entry.commands.test(command) && rule.occurs()) {
                return hit(rule);
            }
        }
        return Verdict.PROCEED;
    }

    @Override
    public Verdict onConnect(int connection) {
        for (Entry entry : onConnect) {
            FaultRule rule = entry.rule;
            if (!rule.isUsedUp() && rule.occurs()) {
                return hit(rule);
            }
        }
        return Verdict.PROCEED;
    }

    private Verdict hit(FaultRule rule) {
        if (rule.isUsedUp()) {
            host.rulesChanged();
        }
        return rule.verdict();
    }

    @Override
    public String toString() {
        return "Faults" + rules();
    }
}
