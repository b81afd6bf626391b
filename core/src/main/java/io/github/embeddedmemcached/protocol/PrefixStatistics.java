package io.github.embeddedmemcached.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What is done to the keys that begin alike: {@code stats detail}. A key's prefix ends before its first delimiter; keys without
 * one aren't counted. Thread-safe.
 */
final class PrefixStatistics {
    /** More prefixes than this aren't counted: whoever makes them up must not fill the heap. memcached has no such limit. */
    static final int PREFIXES_MAX = 10_000;

    /** What happens to keys. */
    enum Event {
        GET,
        HIT,
        SET,
        DELETE
    }

    private static final class Counts {
        final LongAdder[] adders = {new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder()};

        LongAdder of(Event event) {
            return adders[event.ordinal()];
        }
    }

    private final Demand demand;
    private final byte delimiter;
    private final Map<String, Counts> prefixes = new ConcurrentHashMap<>();

    PrefixStatistics(Demand demand, char delimiter, boolean on) {
        this.demand = demand;
        this.delimiter = (byte) delimiter;
        on(on);
    }

    /** Begins or stops counting; what was counted stays. */
    void on(boolean on) {
        demand.set(Demand.PREFIXES, on ? Demand.PREFIXES : 0);
    }

    boolean isOn() {
        return demand.has(Demand.PREFIXES);
    }

    void count(byte[] key, int offset, int length, Event event) {
        Counts counts = counts(key, offset, length);
        if (counts != null) {
            counts.of(event).increment();
        }
    }

    private @Nullable Counts counts(byte[] key, int offset, int length) {
        for (int end = offset; end < offset + length; end++) {
            if (key[end] == delimiter) {
                String prefix = new String(key, offset, end - offset, StandardCharsets.ISO_8859_1);
                Counts counts = prefixes.get(prefix);
                return counts != null || prefixes.size() >= PREFIXES_MAX
                        ? counts
                        : prefixes.computeIfAbsent(prefix, missing -> new Counts());
            }
        }
        return null;
    }

    void reset() {
        prefixes.clear();
    }

    /** A line for each prefix, in the order of the prefixes. */
    List<String> lines() {
        return prefixes.entrySet().stream()
                .sorted(Map.Entry.comparingByKey(Comparator.naturalOrder()))
                .map(entry -> line(entry.getKey(), entry.getValue()))
                .toList();
    }

    // PREFIX <prefix> get <n> hit <n> set <n> del <n>\r\n
    private static String line(String prefix, Counts counts) {
        byte[] bytes = prefix.getBytes(StandardCharsets.ISO_8859_1);
        String shown = new String(Printable.key(bytes, 0, bytes.length), StandardCharsets.ISO_8859_1);
        return "PREFIX " + shown + " get " + counts.of(Event.GET).sum() + " hit "
                + counts.of(Event.HIT).sum() + " set " + counts.of(Event.SET).sum() + " del "
                + counts.of(Event.DELETE).sum() + "\r\n";
    }
}
