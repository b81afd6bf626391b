package io.github.embeddedmemcached.example.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheFolderTest {
    @TempDir
    private Path home;

    @Test
    void shouldUseLocalAppDataOnWindows() {
        Path local = home.resolve("Local");
        assertThat(CacheFolder.of("Windows 11", Map.of("LOCALAPPDATA", local.toString()), home))
                .isEqualTo(local);
    }

    @Test
    void shouldUseAppDataOfTheHomeOnWindowsWithoutTheVariable() {
        assertThat(CacheFolder.of("Windows 11", Map.of(), home)).isEqualTo(home.resolve("AppData/Local"));
        assertThat(CacheFolder.of("Windows 11", Map.of("LOCALAPPDATA", ""), home))
                .isEqualTo(home.resolve("AppData/Local"));
    }

    @Test
    void shouldUseLibraryCachesOnMacOs() {
        assertThat(CacheFolder.of("Mac OS X", Map.of("XDG_CACHE_HOME", home.toString()), home))
                .isEqualTo(home.resolve("Library/Caches"));
    }

    @Test
    void shouldUseTheXdgFolderElsewhere() {
        Path cache = home.resolve("elsewhere");
        assertThat(CacheFolder.of("Linux", Map.of("XDG_CACHE_HOME", cache.toString()), home))
                .isEqualTo(cache);
        assertThat(CacheFolder.of("FreeBSD", Map.of(), home)).isEqualTo(home.resolve(".cache"));
    }

    @Test
    void shouldIgnoreAnInvalidXdgFolder() {
        assertThat(CacheFolder.of("Linux", Map.of("XDG_CACHE_HOME", "relative"), home))
                .isEqualTo(home.resolve(".cache"));
        assertThat(CacheFolder.of("Linux", Map.of("XDG_CACHE_HOME", ""), home)).isEqualTo(home.resolve(".cache"));
    }

    @Test
    void shouldFindTheFolderOfThisSystem() {
        assertThat(CacheFolder.ofUser()).isAbsolute();
    }
}
