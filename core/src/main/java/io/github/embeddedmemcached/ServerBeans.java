package io.github.embeddedmemcached;

import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.connection.ServerCounters;
import io.github.embeddedmemcached.internal.engine.statistics.EngineStatistics;
import io.github.embeddedmemcached.internal.management.BeanDescription;
import io.github.embeddedmemcached.internal.management.CacheBeans;
import io.github.embeddedmemcached.internal.management.ManagedBeans;
import io.github.embeddedmemcached.internal.management.Rates;
import io.github.embeddedmemcached.internal.server.MemcachedServer;
import io.github.embeddedmemcached.internal.session.ServerOption;
import java.util.List;

/** The MBeans of servers. */
final class ServerBeans {
    /** The statistics that count commands on items, each of them once. */
    private static final List<Statistic> COMMANDS = List.of(
            Statistic.GET_HITS,
            Statistic.GET_MISSES,
            Statistic.CMD_SET,
            Statistic.CMD_TOUCH,
            Statistic.CMD_META,
            Statistic.DELETE_HITS,
            Statistic.DELETE_MISSES,
            Statistic.INCR_HITS,
            Statistic.INCR_MISSES,
            Statistic.DECR_HITS,
            Statistic.DECR_MISSES);

    /** The attributes; each is one line. */
    private static final BeanDescription<MemcachedServer, State> DESCRIPTION = new BeanDescription<
                    MemcachedServer, State>(
                    "Server", "A server of embedded-memcached. Counters begin when it is started or they are reset.")
            .text("Name", "The name of the server", State::name)
            .text("Address", "The address for clients", s -> s.server.addressText())
            .condition("Running", "Whether the server listens, paused or not", s -> s.server.isRunning())
            .condition("Paused", "Whether the server is suspended", s -> s.server.isPaused())
            .number("Threads", "threads", "Threads for connections", s -> (long) s.option(ServerOption.THREADS))
            .number("Connections", "connections", "Open connections", s -> s.counters.openConnections())
            .number("MaxConnections", "connections", "The maximum", s -> (long) s.option(ServerOption.MAX_CONNECTIONS))
            .number("TotalConnections", "connections", "Accepted connections", s -> s.counters.acceptedConnections())
            .number("RejectedConnections", "connections", "Refused: over the maximum", State::rejectedConnections)
            .number("BytesRead", "bytes", "Bytes received from clients", s -> s.counters.bytesRead())
            .number("BytesWritten", "bytes", "Bytes sent to clients", s -> s.counters.bytesWritten())
            .number("Commands", "commands", "Commands on items, also those in-process", State::commands)
            .fraction("CommandsPerSecond", "commands/s", CacheBeans.rate("Commands"), s -> s.rates[0])
            .fraction("BytesReadPerSecond", "bytes/s", CacheBeans.rate("Bytes read"), s -> s.rates[1])
            .fraction("BytesWrittenPerSecond", "bytes/s", CacheBeans.rate("Bytes written"), s -> s.rates[2])
            .fraction("ConnectionsPerSecond", "connections/s", CacheBeans.rate("Connections"), s -> s.rates[3]);

    private ServerBeans() {}

    /** A snapshot of a server. */
    private record State(String name, MemcachedServer server, ServerCounters counters, long commands, double[] rates) {
        int option(ServerOption<Integer> option) {
            return server.settings().get(option);
        }

        long rejectedConnections() {
            return counters.rejectedConnections();
        }
    }

    /** Registers an MBean for a server. Returns an action that unregisters it. */
    static Runnable register(MemcachedServer server, String name) {
        Rates rates = new Rates(System::nanoTime, 0, 0, 0, 0);
        return ManagedBeans.register(DESCRIPTION, name, server, target -> state(target, name, rates));
    }

    private static State state(MemcachedServer server, String name, Rates rates) {
        ServerCounters counters = server.counters();
        EngineStatistics statistics = server.cache().statistics();
        long commands = COMMANDS.stream().mapToLong(statistics::get).sum();
        double[] current =
                rates.update(commands, counters.bytesRead(), counters.bytesWritten(), counters.acceptedConnections());
        return new State(name, server, counters, commands, current);
    }
}
