package io.github.embeddedmemcached.internal.session;

import io.github.embeddedmemcached.internal.watch.ObserverFlags;
import io.github.embeddedmemcached.internal.wire.Printable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts commands by the prefix of their keys: {@code stats detail}. The prefix of a key ends before its first delimiter. Keys without a
 * delimiter are not counted. Thread-safe.
 */
public final class PrefixStatistics {
    /** The maximum number of prefixes, so that generated keys cannot fill the heap. Further prefixes are not counted. memcached has no limit. */
    public static final int PREFIXES_MAX = 10_000;

    /** The counters of a prefix. */
    static final class Counts {
        final LongAdder gets = new LongAdder();
        final LongAdder hits = new LongAdder();
        final LongAdder sets = new LongAdder();
        final LongAdder deletes = new LongAdder();
    }

    /** The counters of all keys without a prefix, and of further prefixes; not shown. */
    private final Counts others = new Counts();

    private final ObserverFlags observerFlags;
    private final byte delimiter;
    private final Map<String, Counts> prefixes = new ConcurrentHashMap<>();

    PrefixStatistics(ObserverFlags observerFlags, char delimiter, boolean enabled) {
        this.observerFlags = observerFlags;
        this.delimiter = (byte) delimiter;
        enable(enabled);
    }

    /** Enables or disables counting. The counters keep their values. */
    public void enable(boolean enabled) {
        observerFlags.set(ObserverFlags.PREFIXES, enabled ? ObserverFlags.PREFIXES : 0);
    }

    public boolean isEnabled() {
        return observerFlags.has(ObserverFlags.PREFIXES);
    }

    /** Returns the counters of a key's prefix. */
    Counts counts(byte[] key, int offset, int length) {
        for (int end = offset; end < offset + length; end++) {
            if (key[end] == delimiter) {
                String prefix = new String(key, offset, end - offset, StandardCharsets.ISO_8859_1);
                Counts counts = prefixes.get(prefix);
                if (counts == null && prefixes.size() < PREFIXES_MAX) {
                    counts = prefixes.computeIfAbsent(prefix, missing -> new Counts());
                }
                return counts == null ? others : counts;
            }
        }
        return others;
    }

    void reset() {
        prefixes.clear();
    }

    /** Returns a line for each prefix, sorted by prefix. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        new TreeMap<>(prefixes).forEach((prefix, counts) -> lines.add(line(prefix, counts)));
        return lines;
    }

    // PREFIX <prefix> get <n> hit <n> set <n> del <n>\r\n
    private static String line(String prefix, Counts counts) {
        byte[] bytes = prefix.getBytes(StandardCharsets.ISO_8859_1);
        String shown = new String(Printable.key(bytes, 0, bytes.length), StandardCharsets.ISO_8859_1);
        return "PREFIX " + shown + " get " + counts.gets.sum() + " hit " + counts.hits.sum() + " set "
                + counts.sets.sum() + " del " + counts.deletes.sum() + "\r\n";
    }
}
