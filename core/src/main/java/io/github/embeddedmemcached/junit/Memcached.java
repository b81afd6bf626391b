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
 *     void storesValues(@Memcached("sessions") EmbeddedMemcached sessions, @Memcached("pages") Cache pages) { ... }
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
 *       JDK may also be an argument of a parameterized test, or be resolved by another extension.
 *   <li>A parameter of one of this library's types ({@link io.github.embeddedmemcached.EmbeddedMemcached EmbeddedMemcached}, {@link
 *       io.github.embeddedmemcached.EmbeddedMemcachedCluster EmbeddedMemcachedCluster}, {@link io.github.embeddedmemcached.cache.Cache
 *       Cache}, {@link io.github.embeddedmemcached.testing.TestClock TestClock}, {@link
 *       io.github.embeddedmemcached.testing.Recording Recording}, {@link io.github.embeddedmemcached.testing.Faults Faults}) needs no
 *       annotation, with three exceptions. It is not injected if it has an annotation other than this one, such as Spring's
 *       {@code @Autowired} or Mockito's {@code @Mock} (nullness annotations do not count); if its constructor or method is annotated
 *       with {@code @Autowired} or {@code @Inject}; and if it may be an argument of a parameterized test or class.
 * </ul>
 *
 * <p><b>Arguments of parameterized tests.</b> Parameters of a {@code @ParameterizedTest}, of the constructor of a
 * {@code @ParameterizedClass}, and of its {@code @BeforeParameterizedClassInvocation} and {@code @AfterParameterizedClassInvocation}
 * methods may be arguments. JUnit assigns the arguments to the first parameters, and their number is not known before the source is
 * read. Therefore:
 *
 * <ul>
 *   <li>The first parameter is an argument, unless it has this annotation.
 *   <li>The other parameters of this library's types are injected if all sources provide literals: {@code @ValueSource}, {@code @EnumSource},
 *       {@code @CsvSource}, {@code @CsvFileSource}, {@code @NullSource}, {@code @EmptySource}.
 *   <li>With any other source, such as {@code @MethodSource}, {@code @FieldSource} or {@code @ArgumentsSource}, they are arguments, unless
 *       they have this annotation or come after a parameter that has it.
 * </ul>
 *
 * <pre>{@code
 * @ParameterizedTest
 * @ValueSource(ints = {1, 10})
 * void expires(int seconds, EmbeddedMemcached memcached) { ... }
 *
 * @ParameterizedTest
 * @MethodSource("users")
 * void storesValues(User user, @Memcached EmbeddedMemcached memcached) { ... }
 * }</pre>
 *
 * <p>If a {@code @ParameterizedClass} receives its arguments in fields annotated with {@code @Parameter}, all parameters of its constructor
 * are injected.
 */
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Memcached {
    /**
     * Returns the name of the server.
     *
     * @return the server's {@link StartMemcached#name()}; by default empty, which selects the server without a name, or the only server
     */
    String value() default "";
}
