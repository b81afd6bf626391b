package io.github.embeddedmemcached.internal.management;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.EngineSettings;
import io.github.embeddedmemcached.internal.snapshot.Persistence;
import io.github.embeddedmemcached.internal.snapshot.PersistenceSettings;
import io.github.embeddedmemcached.internal.view.Engines;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import javax.management.Attribute;
import javax.management.AttributeNotFoundException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.ReflectionException;
import javax.management.RuntimeMBeanException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CacheBeansTest {
    private static final MBeanServer SERVER = ManagementFactory.getPlatformMBeanServer();
    private static final String PREFIX = "CacheBeansTest ";

    private final List<Cache> caches = new ArrayList<>();

    @AfterEach
    void shouldLeaveNothingRegistered() throws Exception {
        caches.forEach(Cache::close);
        assertThat(registered()).isEmpty();
    }

    private Cache build(String name) {
        Cache cache = Cache.builder().name(name).build();
        caches.add(cache);
        return cache;
    }

    private static Set<ObjectName> registered() throws Exception {
        return SERVER.queryNames(new ObjectName("io.github.embeddedmemcached:type=Cache,name=" + PREFIX + "*,*"), null);
    }

    private static ObjectName objectName(String name) throws Exception {
        return new ObjectName("io.github.embeddedmemcached:type=Cache,name=" + name);
    }

    private static Object get(String name, String attribute) throws Exception {
        return SERVER.getAttribute(objectName(name), attribute);
    }

    @Test
    void shouldShowTheFiguresOfACache() throws Exception {
        Cache cache = build(PREFIX + "a");
        cache.set("key", new byte[10]);
        cache.get("key");
        cache.get("key");
        cache.get("key");
        cache.get("none");
        Engines.of(cache).countLoad(3_000_000, false);
        Engines.of(cache).countLoad(6_000_000, true);

        assertThat(get(PREFIX + "a", "Name")).isEqualTo(PREFIX + "a");
        assertThat(get(PREFIX + "a", "Items")).isEqualTo(1L);
        assertThat(get(PREFIX + "a", "ItemBytes")).isEqualTo(Cache.itemSize(3, 0, 10));
        assertThat(get(PREFIX + "a", "UsedBytes")).isEqualTo(cache.statistics().usedBytes());
        assertThat(get(PREFIX + "a", "LimitBytes")).isEqualTo(64L << 20);
        assertThat(get(PREFIX + "a", "Gets")).isEqualTo(4L);
        assertThat(get(PREFIX + "a", "Hits")).isEqualTo(3L);
        assertThat(get(PREFIX + "a", "Misses")).isEqualTo(1L);
        assertThat(get(PREFIX + "a", "HitRatio")).isEqualTo(0.75);
        assertThat(get(PREFIX + "a", "Sets")).isEqualTo(1L);
        assertThat(get(PREFIX + "a", "Loads")).isEqualTo(2L);
        assertThat(get(PREFIX + "a", "LoadFailures")).isEqualTo(1L);
        assertThat(get(PREFIX + "a", "AverageLoadTime")).isEqualTo(4.5);
    }

    @Test
    void shouldDescribeEachAttributeWithAValueOfItsType() throws Exception {
        build(PREFIX + "a");
        MBeanInfo info = SERVER.getMBeanInfo(objectName(PREFIX + "a"));
        String[] names = Arrays.stream(info.getAttributes())
                .map(MBeanAttributeInfo::getName)
                .toArray(String[]::new);
        List<Attribute> values =
                SERVER.getAttributes(objectName(PREFIX + "a"), names).asList();
        assertThat(values).extracting(Attribute::getName).containsExactly(names);
        for (int i = 0; i < names.length; i++) {
            MBeanAttributeInfo attribute = info.getAttributes()[i];
            assertThat(attribute.getDescription()).as(names[i]).isNotEmpty();
            assertThat(attribute.isWritable()).as(names[i]).isFalse();
            assertThat(values.get(i).getValue().getClass().getSimpleName())
                    .as(names[i])
                    .isEqualToIgnoringCase(attribute.getType().replace("java.lang.", ""));
        }
        assertThat(info.getAttributes())
                .filteredOn(attribute -> attribute.getName().endsWith("Bytes"))
                .isNotEmpty()
                .allSatisfy(attribute -> assertThat(attribute.getDescriptor().getFieldValue("units"))
                        .isEqualTo("bytes"));
    }

    @Test
    void shouldComputeRatesByTheElapsedTime() throws Exception {
        AtomicLong nanos = new AtomicLong();
        CacheEngine engine = new CacheEngine(EngineSettings.defaults());
        Persistence persistence = Persistence.open(engine, PersistenceSettings.NONE, message -> {});
        Runnable unregister = CacheBeans.register(persistence, PREFIX + "rates", nanos::get);
        for (int i = 0; i < 30; i++) {
            engine.getValue(new byte[] {'k'});
        }
        nanos.addAndGet(2 * Rates.INTERVAL_NANOS);
        assertThat(get(PREFIX + "rates", "GetsPerSecond")).isEqualTo(15.0);
        assertThat(get(PREFIX + "rates", "SetsPerSecond")).isEqualTo(0.0);
        unregister.run();
    }

    @Test
    void shouldSaveTheCacheAndShowTheLastSave(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("file");
        Cache cache = Cache.builder().name(PREFIX + "saved").persistTo(file).build();
        caches.add(cache);
        cache.set("key", new byte[10]);
        assertThat(get(PREFIX + "saved", "LastSaveItems")).isEqualTo(0L);
        SERVER.invoke(objectName(PREFIX + "saved"), "save", new Object[0], new String[0]);
        assertThat(get(PREFIX + "saved", "Saves")).isEqualTo(1L);
        assertThat(get(PREFIX + "saved", "FailedSaves")).isEqualTo(0L);
        assertThat(get(PREFIX + "saved", "LastSaveItems")).isEqualTo(1L);
        assertThat(get(PREFIX + "saved", "LastSaveBytes")).isEqualTo(Files.size(file));
        assertThat((double) get(PREFIX + "saved", "LastSaveTime")).isPositive();
    }

    @Test
    void shouldRejectSavingACacheWithoutAFile() throws Exception {
        build(PREFIX + "a");
        assertThatThrownBy(() -> SERVER.invoke(objectName(PREFIX + "a"), "save", new Object[0], new String[0]))
                .isInstanceOf(RuntimeMBeanException.class)
                .cause()
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the cache has no file: persistTo is not set");
    }

    @Test
    void shouldExecuteOperations() throws Exception {
        Cache cache = build(PREFIX + "a");
        ObjectName name = objectName(PREFIX + "a");
        cache.set("key", new byte[10]);
        SERVER.invoke(name, "flushAll", new Object[0], new String[0]);
        assertThat(cache.get("key")).isNull();

        cache.set("key", new byte[10]);
        SERVER.invoke(name, "flushAll", null, null);
        assertThat(cache.get("key")).isNull();

        assertThat(SERVER.invoke(name, "resize", new Object[] {2L << 20}, new String[] {"long"}))
                .isEqualTo(true);
        assertThat(cache.memoryLimitBytes()).isEqualTo(2L << 20);

        SERVER.invoke(name, "resetStatistics", new Object[0], new String[0]);
        assertThat(cache.statistics().hitRatio()).isNaN();
    }

    @Test
    void shouldRejectUnknownAttributesOperationsAndArguments() throws Exception {
        Cache cache = build(PREFIX + "a");
        ObjectName name = objectName(PREFIX + "a");
        assertThatThrownBy(() -> SERVER.getAttribute(name, "None")).isInstanceOf(AttributeNotFoundException.class);
        assertThatThrownBy(() -> SERVER.setAttribute(name, new Attribute("Items", 1L)))
                .isInstanceOf(AttributeNotFoundException.class);
        assertThatThrownBy(() -> SERVER.invoke(name, "none", new Object[0], new String[0]))
                .isInstanceOf(ReflectionException.class);
        assertThatThrownBy(() -> SERVER.invoke(name, "resize", new Object[] {"1"}, new String[] {"long"}))
                .isInstanceOf(ReflectionException.class);
        assertThatThrownBy(() -> SERVER.invoke(name, "resize", null, null)).isInstanceOf(ReflectionException.class);
        cache.set("key", new byte[10]);
        assertThatThrownBy(() -> SERVER.invoke(name, "flushAll", new Object[] {5L}, new String[] {"long"}))
                .isInstanceOf(ReflectionException.class);
        assertThat(cache.get("key")).isNotNull();
        assertThatThrownBy(() -> SERVER.invoke(name, "resize", new Object[] {1L}, new String[] {"long"}))
                .isInstanceOf(RuntimeMBeanException.class)
                .rootCause()
                .hasMessageContaining("at least 1048576 bytes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"comma,x", "equals=x", "colon:x", "quote\"x", "asterisk*", "question?", "line\nfeed", "back\\x"})
    void shouldRegisterNamesWithSpecialCharacters(String suffix) throws Exception {
        String name = PREFIX + suffix;
        Cache cache = build(name);
        assertThat(SERVER.getAttribute(WeakBean.objectName("Cache", name, 1), "Name"))
                .isEqualTo(name);
        assertThat(cache.name()).isEqualTo(name);
        cache.close();
        assertThat(SERVER.isRegistered(WeakBean.objectName("Cache", name, 1))).isFalse();
    }

    @Test
    void shouldNumberCachesWithTheSameName() throws Exception {
        Cache first = build(PREFIX + "a");
        Cache second = build(PREFIX + "a");
        second.set("key", new byte[1]);
        assertThat(get(PREFIX + "a", "Items")).isEqualTo(0L);
        assertThat(get(PREFIX + "a,instance=2", "Items")).isEqualTo(1L);
        first.close();
        build(PREFIX + "a");
        first.close(); // must not remove the third
        assertThat(registered())
                .containsExactlyInAnyOrder(objectName(PREFIX + "a"), objectName(PREFIX + "a,instance=2"));
    }

    @Test
    void shouldRegisterCachesThatAreBuiltConcurrently() throws Exception {
        int count = 40;
        ExecutorService executor = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Cache>> tasks = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                tasks.add(() -> Cache.builder().name(PREFIX + "same").build());
            }
            for (Future<Cache> built : executor.invokeAll(tasks)) {
                caches.add(built.get());
            }
        } finally {
            executor.shutdownNow();
        }
        assertThat(registered()).hasSize(count);
    }

    @Test
    void shouldNotRegisterACacheWithoutName() throws Exception {
        Set<ObjectName> before = SERVER.queryNames(new ObjectName("io.github.embeddedmemcached:*"), null);
        try (Cache cache = Cache.builder().build()) {
            assertThat(cache.name()).isNull();
            assertThat(SERVER.queryNames(new ObjectName("io.github.embeddedmemcached:*"), null))
                    .isEqualTo(before);
        }
    }

    @Test
    void shouldUnregisterWhenTheNextNamedCacheIsBuiltAfterACacheWasCollected() throws Exception {
        Cache.builder().name(PREFIX + "forgotten").build();
        assertThat(registered()).hasSize(1);
        eventually("the cache is collected", () -> {
            System.gc();
            Cache.builder().name(PREFIX + "next").build().close();
            return !SERVER.isRegistered(unchecked(PREFIX + "forgotten"));
        });
    }

    @Test
    void shouldUnregisterWhenAnAttributeOfACollectedCacheIsRead() throws Exception {
        Cache.builder().name(PREFIX + "forgotten").build();
        eventually("the cache is collected", () -> {
            System.gc();
            try {
                return get(PREFIX + "forgotten", "Items") == null;
            } catch (Exception e) {
                return String.valueOf(e.getMessage()).contains("no longer exists");
            }
        });
        assertThat(registered()).isEmpty();
    }

    private static ObjectName unchecked(String name) {
        try {
            return objectName(name);
        } catch (Exception e) {
            throw new IllegalArgumentException(e);
        }
    }

    @Test
    void shouldRejectAnEmptyName() {
        assertThatThrownBy(() -> Cache.builder().name(""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the name of a cache must not be empty");
    }
}
