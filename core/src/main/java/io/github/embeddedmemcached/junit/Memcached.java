package io.github.embeddedmemcached.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a parameter to be injected by {@link StartMemcached @StartMemcached} or {@link MemcachedExtension}, and selects one of several
 * servers by its name:
 *
 * <pre>{@code
 * @StartMemcached(name = "sessions")
 * @StartMemcached(name = "pages", memory = "16MB")
 * class ShopTest {
 *     @Test
 *     void remembers(@Memcached("sessions") EmbeddedMemcached sessions, @Memcached("pages") Cache pages) { ... }
 *
 *     @Test
 *     void connects(@Memcached("sessions") InetSocketAddress address) { ... }
 * }
 * }</pre>
 *
 * <p><b>Which parameters are injected.</b> JUnit fails a test if two extensions support the same parameter. Therefore:
 *
 * <ul>
 *   <li>A parameter of type {@link java.net.InetSocketAddress}, the server's address, is injected only with this annotation: a type of the
 *       JDK may as well be an argument of a parameterized test or another extension's.
 *   <li>A parameter of one of this library's types ({@link io.github.embeddedmemcached.EmbeddedMemcached EmbeddedMemcached}, {@link
 *       io.github.embeddedmemcached.EmbeddedMemcachedCluster EmbeddedMemcachedCluster}, {@link io.github.embeddedmemcached.cache.Cache
 *       Cache}, {@link io.github.embeddedmemcached.testing.ManualClock ManualClock}, {@link
 *       io.github.embeddedmemcached.testing.Recording Recording}, {@link io.github.embeddedmemcached.testing.Faults Faults}) needs no
 *       annotation, with three exceptions. It is left to other extensions if it has an annotation other than this one, such as Spring's
 *       {@code @Autowired} or Mockito's {@code @Mock} (those about null values do not count); if its constructor or method is annotated
 *       with {@code @Autowired} or {@code @Inject}; and if the first parameter of the {@code @ParameterizedTest}, or of the constructor of
 *       the {@code @ParameterizedClass}, has one of these types without this annotation: then they are its arguments.
 * </ul>
 */
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Memcached {
    /**
     * Returns the name of the server.
     *
     * @return what {@link StartMemcached#name()} says; by default empty, the server without a name, or the only one
     */
    String value() default "";
}
