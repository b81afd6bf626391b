/**
 * Interception of commands: the interface that is called with each command before it is executed, and the results that it returns.
 *
 * <p>An {@code Interceptor} decides by an {@code InterceptResult}, which may contain a reply to send in place of the execution and a {@code
 * ResponseFault}. Results are immutable; an interceptor is called by all threads of the server.
 *
 * <p>To add a kind of fault: a constant of {@link io.github.embeddedmemcached.internal.intercept.ResponseFault.Kind} and its case in
 * {@code internal.server.FaultyOutput} (a fault of the reply's transfer), or a component of {@link
 * io.github.embeddedmemcached.internal.intercept.InterceptResult} (a fault in place of the command), and a factory method in {@code
 * io.github.embeddedmemcached.testing.Fault}.
 */
@NullMarked
package io.github.embeddedmemcached.internal.intercept;

import org.jspecify.annotations.NullMarked;
