package io.github.embeddedmemcached.example.pictures;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** The folder in which a platform's programs keep files of a user that can be created again. */
final class CacheFolder {
    private CacheFolder() {}

    /** Returns the folder of this system and user, which may not exist. */
    static Path ofUser() {
        return of(System.getProperty("os.name"), System.getenv(), Path.of(System.getProperty("user.home")));
    }

    /**
     * Returns the folder of a system.
     *
     * @param system the name that the JDK has for it
     * @param environment the environment variables of the user
     * @param home the user's home
     */
    static Path of(String system, Map<String, String> environment, Path home) {
        String name = system.toLowerCase(Locale.ROOT);
        if (name.startsWith("windows")) {
            String local = environment.getOrDefault("LOCALAPPDATA", "");
            return local.isEmpty() ? home.resolve("AppData").resolve("Local") : Path.of(local);
        }
        if (name.startsWith("mac")) {
            return home.resolve("Library").resolve("Caches");
        }
        // The XDG Base Directory Specification: a relative path is invalid, and ignored.
        Path cache = Path.of(environment.getOrDefault("XDG_CACHE_HOME", ""));
        return cache.isAbsolute() ? cache : home.resolve(".cache");
    }
}
