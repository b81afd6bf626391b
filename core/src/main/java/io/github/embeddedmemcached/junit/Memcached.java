package io.github.embeddedmemcached.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says which of several servers a parameter means:
 *
 * <pre>{@code
 * @StartMemcached(name = "sessions")
 * @StartMemcached(name = "pages", memory = "16MB")
 * class ShopTest {
 *     @Test
 *     void remembers(@Memcached("sessions") EmbeddedMemcached sessions, @Memcached("pages") Cache pages) { ... }
 * }
 * }</pre>
 */
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Memcached {
    /**
     * Returns the name.
     *
     * @return what {@link StartMemcached#name()} says
     */
    String value();
}
