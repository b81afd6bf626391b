package io.github.embeddedmemcached.example.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Codecs;
import io.github.embeddedmemcached.testing.TestClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.CachePut;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.support.SimpleCacheManager;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** An application with Spring's annotations. */
@Timeout(60)
class SpringCacheTest {
    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    static class Application {
        @Bean
        TestClock clock() {
            return new TestClock();
        }

        @Bean
        Cache cache(TestClock clock) {
            return Cache.builder().memoryLimitBytes(8 << 20).clock(clock).build();
        }

        @Bean
        CacheManager cacheManager(Cache cache) {
            var manager = new SimpleCacheManager();
            manager.setCaches(List.of(
                    new SpringCache("titles", cache, Codecs.utf8(), Duration.ofMinutes(10)),
                    new SpringCache("prices", cache, Codecs.decimal(), Duration.ofMinutes(1))));
            return manager;
        }

        @Bean
        Calls calls() {
            return new Calls(
                    Collections.synchronizedList(new ArrayList<>()), new CountDownLatch(1), new CountDownLatch(1));
        }

        @Bean
        Catalog catalog(Calls calls) {
            return new Catalog(calls);
        }
    }

    record Calls(List<String> names, CountDownLatch started, CountDownLatch released) {}

    static class Catalog {
        private final Calls calls;

        Catalog(Calls calls) {
            this.calls = calls;
        }

        @Cacheable(cacheNames = "titles", sync = true)
        public @Nullable String title(int id) throws IOException {
            calls.names().add("title " + id);
            if (id < 0) {
                throw new IOException("no such number");
            }
            return id == 0 ? null : "title " + id;
        }

        @Cacheable(cacheNames = "titles", sync = true)
        public String slowTitle(int id) throws InterruptedException {
            calls.names().add("title " + id);
            calls.started().countDown();
            calls.released().await();
            return "title " + id;
        }

        @Cacheable("prices")
        public @Nullable Long price(String product, String country) {
            calls.names().add("price " + product + " " + country);
            return product.isEmpty() ? null : 5L;
        }

        @CachePut(cacheNames = "titles", key = "#id")
        public String rename(int id, String title) {
            return title;
        }

        @CacheEvict("titles")
        public void changed(int id) {}

        @CacheEvict(cacheNames = "titles", allEntries = true)
        public void allChanged() {}
    }

    @AutoClose
    private final AnnotationConfigApplicationContext context =
            new AnnotationConfigApplicationContext(Application.class);

    private final Catalog catalog = context.getBean(Catalog.class);
    private final Calls calls = context.getBean(Calls.class);
    private final Cache cache = context.getBean(Cache.class);

    @Test
    void shouldCallAMethodOnce() throws IOException {
        assertThat(catalog.title(7)).isEqualTo("title 7");
        assertThat(catalog.title(7)).isEqualTo("title 7");
        assertThat(catalog.title(8)).isEqualTo("title 8");

        assertThat(calls.names()).containsExactly("title 7", "title 8");
        assertThat(cache.keys("titles:")).containsExactlyInAnyOrder("titles:7", "titles:8");
    }

    @Test
    void shouldCallAMethodWithoutSyncOnce() {
        assertThat(catalog.price("tea", "fr")).isEqualTo(5);
        assertThat(catalog.price("tea", "fr")).isEqualTo(5);
        assertThat(catalog.price("tea", "it")).isEqualTo(5);

        assertThat(calls.names()).containsExactly("price tea fr", "price tea it");
    }

    @Test
    void shouldLoadOnceForConcurrentCalls() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<CompletableFuture<String>> results = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            results.add(CompletableFuture.supplyAsync(this::slowTitle, threads));
            calls.started().await();
        }
        calls.released().countDown();

        for (CompletableFuture<String> result : results) {
            assertThat(result.get()).isEqualTo("title 9");
        }
        assertThat(calls.names()).containsExactly("title 9");
        threads.shutdown();
        assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    private String slowTitle() {
        try {
            return catalog.slowTitle(9);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldStoreNull() throws IOException {
        assertThat(catalog.title(0)).isNull();
        assertThat(catalog.title(0)).isNull();
        assertThat(catalog.price("", "")).isNull();
        assertThat(catalog.price("", "")).isNull();

        assertThat(calls.names()).containsExactly("title 0", "price  ");
    }

    @Test
    void shouldPassExceptionsAndNotStoreThem() {
        assertThatThrownBy(() -> catalog.title(-1)).isExactlyInstanceOf(IOException.class);
        assertThatThrownBy(() -> catalog.title(-1)).isExactlyInstanceOf(IOException.class);

        assertThat(calls.names()).hasSize(2);
    }

    @Test
    void shouldReplaceAValue() throws IOException {
        catalog.title(7);
        catalog.rename(7, "new title");

        assertThat(catalog.title(7)).isEqualTo("new title");
    }

    @Test
    void shouldEvictOneKey() throws IOException {
        catalog.title(7);
        catalog.title(8);
        catalog.changed(7);
        catalog.title(7);
        catalog.title(8);

        assertThat(calls.names()).containsExactly("title 7", "title 8", "title 7");
    }

    @Test
    void shouldEvictAllKeysOfOneName() throws IOException {
        catalog.title(7);
        catalog.title(8);
        catalog.price("tea", "fr");
        catalog.allChanged();
        catalog.title(7);
        catalog.title(8);
        catalog.price("tea", "fr");

        assertThat(calls.names()).containsExactly("title 7", "title 8", "price tea fr", "title 7", "title 8");
    }

    @Test
    void shouldExpire() throws IOException {
        catalog.title(7);
        catalog.price("tea", "fr");
        context.getBean(TestClock.class).advance(Duration.ofMinutes(2));
        catalog.title(7);
        catalog.price("tea", "fr");

        assertThat(calls.names()).containsExactly("title 7", "price tea fr", "price tea fr");
    }

    @Test
    void shouldTellWhetherAKeyWasEvicted() {
        var titles = new SpringCache("more", cache, Codecs.utf8(), Duration.ofMinutes(10));
        titles.put(1, "one");

        assertThat(titles.evictIfPresent(1)).isTrue();
        assertThat(titles.evictIfPresent(1)).isFalse();
        assertThat(titles.get(1)).isNull();
    }
}
