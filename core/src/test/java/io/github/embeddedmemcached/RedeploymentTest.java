package io.github.embeddedmemcached;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.server.SocketClient;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An application that has the library in its own class loader, as in a servlet container, is undeployed without leaving anything behind. */
@Timeout(120)
class RedeploymentTest {
    private static final String NAME = "RedeploymentTest";

    /** A copy of the library with its own class loader. */
    private static final class Application implements AutoCloseable {
        private final URLClassLoader loader;

        Application() {
            URL library = EmbeddedMemcached.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation();
            loader = new URLClassLoader(new URL[] {library}, null); // others delegate to the module of this test
        }

        /** Builds an object by a class's static method {@code builder}, a name if there is one, and the builder's method. */
        AutoCloseable build(String type, String method, boolean isNamed) throws Exception {
            Class<?> entry = Class.forName("io.github.embeddedmemcached." + type, true, loader);
            assertThat(entry.getClassLoader()).isSameAs(loader);
            Object builder = entry.getMethod("builder").invoke(null);
            if (isNamed) {
                builder.getClass().getMethod("name", String.class).invoke(builder, NAME);
            }
            return (AutoCloseable) builder.getClass().getMethod(method).invoke(builder);
        }

        WeakReference<ClassLoader> loader() {
            return new WeakReference<>(loader);
        }

        @Override
        public void close() throws IOException {
            loader.close();
        }
    }

    private static void useCache(AutoCloseable cache) throws Exception {
        Class<?> type = cache.getClass();
        type.getMethod("set", Object.class, Object.class).invoke(cache, "k", new byte[3]);
        assertThat((byte[]) type.getMethod("get", Object.class).invoke(cache, "k"))
                .hasSize(3);
    }

    private static void useServer(AutoCloseable server) throws Exception {
        InetSocketAddress address =
                (InetSocketAddress) server.getClass().getMethod("address").invoke(server);
        try (SocketClient client = SocketClient.connect(address)) {
            client.send("set k 0 0 3\r\nabc\r\n").expect("STORED\r\n");
        }
    }

    private static long registered() {
        try {
            return ManagementFactory.getPlatformMBeanServer()
                    .queryNames(new ObjectName("io.github.embeddedmemcached:name=" + NAME + ",*"), null)
                    .size();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assertIsCollected(WeakReference<ClassLoader> loader) {
        eventually("the class loader is collected", () -> {
            System.gc();
            return loader.refersTo(null);
        });
        assertThat(registered()).isZero();
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("embedded-memcached-"));
    }

    private static WeakReference<ClassLoader> deployCache(boolean isNamed, boolean closes) throws Exception {
        try (Application application = new Application()) {
            AutoCloseable cache = application.build("cache.Cache", "build", isNamed);
            useCache(cache);
            assertThat(registered()).isEqualTo(isNamed ? 1 : 0);
            if (closes) {
                cache.close();
            }
            return application.loader();
        }
    }

    private static WeakReference<ClassLoader> deployServer() throws Exception {
        try (Application application = new Application()) {
            AutoCloseable server = application.build("EmbeddedMemcached", "start", true);
            useServer(server);
            assertThat(registered()).isEqualTo(2);
            server.close();
            return application.loader();
        }
    }

    @Test
    void shouldUnloadAnApplicationWithAServer() throws Exception {
        assertIsCollected(deployServer());
    }

    @Test
    void shouldUnloadAnApplicationWithANamedCache() throws Exception {
        assertIsCollected(deployCache(true, true));
    }

    @Test
    void shouldUnloadAnApplicationThatDoesNotCloseACacheWithoutName() throws Exception {
        assertIsCollected(deployCache(false, false));
    }

    /** Building a named cache, in any application, is what unregisters the MBean that keeps the class loader reachable. */
    @Test
    void shouldUnloadAnApplicationThatDoesNotCloseANamedCacheOnceTheNextOneIsBuilt() throws Exception {
        WeakReference<ClassLoader> loader = deployCache(true, false);
        eventually("the MBean is unregistered", () -> {
            System.gc();
            Cache.builder().name("next").build().close();
            return registered() == 0;
        });
        assertIsCollected(loader);
    }
}
