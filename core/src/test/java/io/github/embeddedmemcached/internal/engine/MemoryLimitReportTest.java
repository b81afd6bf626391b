package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Caches;
import io.github.embeddedmemcached.internal.engine.memory.HeapAccount;
import io.github.embeddedmemcached.internal.engine.memory.MachineMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Warnings and exceptions for a memory limit that is more than the heap allows, or than the machine has. */
class MemoryLimitReportTest {
    /** The account of a heap of 256 MiB. */
    private final HeapAccount account = new HeapAccount(HeapAccount.heapLimitBytes(256 << 20));

    private final List<String> warnings = new ArrayList<>();

    private Cache newCache(long limitBytes, boolean evicts) {
        return Caches.builder(account)
                .memoryLimitBytes(limitBytes)
                .eviction(evicts)
                .onWarning(warnings::add)
                .build();
    }

    @Test
    void shouldShowTheLimitThatTheHeapAllows() {
        Cache cache = newCache(1 << 30, true);
        long allowed = 168 << 20;
        assertThat(cache.memoryLimitBytes()).isEqualTo(allowed);
        assertThat(cache.statistics().limitBytes()).isEqualTo(allowed);
        assertThat(cache.statistics().requestedLimitBytes()).isEqualTo(1 << 30);
        assertThat(cache.toString()).contains(" of 168 MB (requested 1 GB), ");
        assertThat(warnings)
                .containsExactly("the heap of 256 MB allows 168 MB of the memory limit of 1024 MB;"
                        + " start Java with -Xmx1756m for all of it");
    }

    @Test
    void shouldNotWarnIfTheLimitFits() {
        Cache cache = newCache(64 << 20, true);
        cache.set("key", new byte[100]);
        assertThat(cache.statistics().toString()).contains(" of 64 MB, ");
        assertThat(warnings).isEmpty();
    }

    @Test
    void shouldWarnWhenTheLimitIsRaisedOverTheHeapAndNotWhenItIsReset() {
        Cache cache = newCache(64 << 20, true);
        assertThat(cache.resize(512 << 20)).isTrue();
        assertThat(cache.memoryLimitBytes()).isEqualTo(168 << 20);
        assertThat(warnings).hasSize(1);
        cache.reset();
        assertThat(cache.memoryLimitBytes()).isEqualTo(64 << 20);
        assertThat(warnings).hasSize(1);
    }

    @Test
    void shouldRejectItemsThatAreTooLargeForTheHeap() {
        Cache cache = Caches.builder(account)
                .memoryLimitBytes(1 << 30)
                .maxItemSizeBytes(512 << 20)
                .onWarning(warnings::add)
                .build();
        assertThat(cache.maxItemSizeBytes()).isEqualTo(84 << 20);
        assertThat(warnings).hasSize(2);
        assertThat(warnings.get(1)).contains("allows items of up to 88080384 bytes, not 536870912");
    }

    @Test
    void shouldWarnOnceThatTheCachesHaveExhaustedTheHeap() {
        List<Cache> caches = List.of(newCache(100 << 20, false), newCache(100 << 20, false));
        byte[] value = new byte[100_000];
        for (Cache cache : caches) {
            for (int i = 0; i < 1100; i++) {
                cache.set("key" + i, value);
            }
        }
        assertThat(warnings).hasSize(1);
        assertThat(warnings.get(0))
                .startsWith("the caches of this JVM together use the 168 MB that its heap of 256 MB allows them;"
                        + " one with a limit of 100 MB has ")
                .endsWith(" and rejects new items");
        caches.forEach(Cache::close);
    }

    @Test
    void shouldRejectALimitThatIsMoreThanTheMachinesMemory() {
        assertThatThrownBy(() -> Cache.builder().memoryLimitBytes(999_999L << 30))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the memory limit, 1073740750258176 bytes, is more than this machine's "
                        + MachineMemory.bytes() + " bytes of memory");
        Cache cache = newCache(64 << 20, true);
        assertThatThrownBy(() -> cache.resize(999_999L << 30)).isInstanceOf(IllegalArgumentException.class);
        assertThat(cache.memoryLimitBytes()).isEqualTo(64 << 20);
    }

    @Test
    void shouldAcceptALimitOfTheWholeHeapOrMachineMemory() {
        newCache(168 << 20, true);
        Caches.builder(account)
                .memoryLimitBytes(168 << 20)
                .maxItemSizeBytes(84 << 20)
                .onWarning(warnings::add)
                .build();
        assertThat(warnings).isEmpty();

        Cache.builder().memoryLimitBytes(MachineMemory.bytes()); // not refused
        assertThatThrownBy(() -> Cache.builder().memoryLimitBytes(MachineMemory.bytes() + 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldReadTheMachinesMemoryFromTheSystem() throws IOException {
        String total = Files.readAllLines(Path.of("/proc/meminfo")).stream()
                .filter(line -> line.startsWith("MemTotal:"))
                .findFirst()
                .orElseThrow();
        assertThat(MachineMemory.bytes()).isEqualTo(Long.parseLong(total.replaceAll("\\D", "")) * 1024);
    }

    @Test
    void shouldReturnTheMachinesMemory() {
        assertThat(MachineMemory.bytes())
                .isGreaterThanOrEqualTo(Runtime.getRuntime().totalMemory())
                .isLessThanOrEqualTo(1L << 46);
    }
}
