/**
 * Control and inspection of a server in tests: its clock ({@link io.github.embeddedmemcached.testing.TestClock}), injected faults
 * ({@link io.github.embeddedmemcached.testing.Faults}), recorded commands ({@link io.github.embeddedmemcached.testing.Recording})
 * and a TLS identity ({@link io.github.embeddedmemcached.testing.TestTls}).
 *
 * <p>A kind of fault is added as a factory method of {@link io.github.embeddedmemcached.testing.Fault}; the package
 * {@code internal.intercept} documents how it is executed. A condition on commands is added to
 * {@link io.github.embeddedmemcached.testing.CommandMatcher}. A clock operation is added to
 * {@link io.github.embeddedmemcached.testing.TestClock}, as an atomic update of its {@code Setting}; if clients can use it through
 * {@code debugtime}, also to {@code internal.session.AdjustableClock}.
 */
@NullMarked
package io.github.embeddedmemcached.testing;

import org.jspecify.annotations.NullMarked;
