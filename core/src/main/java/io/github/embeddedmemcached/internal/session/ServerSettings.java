package io.github.embeddedmemcached.internal.session;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The values of a server's {@linkplain ServerOption options}, by default memcached's. Immutable. */
public final class ServerSettings {
    private static final ServerSettings DEFAULTS = new ServerSettings(Map.of());

    private final Map<ServerOption<?>, Object> values; // only of options that have been set

    private ServerSettings(Map<ServerOption<?>, Object> values) {
        this.values = values;
    }

    public static ServerSettings defaults() {
        return DEFAULTS;
    }

    @SuppressWarnings("unchecked") // with() takes a value of the option's type only
    public <T> T get(ServerOption<T> option) {
        Object value = values.get(option);
        return value == null ? option.defaultValue() : (T) value;
    }

    /**
     * Returns these settings with another value of one option.
     *
     * @throws IllegalArgumentException if the value is out of the option's range
     */
    public <T> ServerSettings with(ServerOption<T> option, T value) {
        Map<ServerOption<?>, Object> changed = new HashMap<>(values);
        changed.put(option, option.checked(value));
        return new ServerSettings(Map.copyOf(changed));
    }

    /** Returns these settings with a background task of memcached disabled. */
    public ServerSettings without(BackgroundTask task) {
        Set<BackgroundTask> disabled = EnumSet.of(task);
        disabled.addAll(get(ServerOption.DISABLED_TASKS));
        return with(ServerOption.DISABLED_TASKS, Set.copyOf(disabled));
    }

    /** Returns whether a background task of memcached is enabled, so that the statistics include its counters. */
    public boolean isEnabled(BackgroundTask task) {
        return !get(ServerOption.DISABLED_TASKS).contains(task);
    }
}
