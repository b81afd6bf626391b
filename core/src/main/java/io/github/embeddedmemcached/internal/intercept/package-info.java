/**
 * Interception of commands: the interface that is called with each command before it is executed, and the results that it returns.
 *
 * <p>An {@code Interceptor} decides by an {@code InterceptResult}, which may contain a reply to send in place of the execution and a {@code
 * ResponseFault}. Results are immutable; an interceptor is called by all threads of the server.
 *
 * <p>To add a kind of fault, add a factory method to {@code testing.Fault} and, for a fault of the reply's transfer, a constant to {@link
 * io.github.embeddedmemcached.internal.intercept.ResponseFault.Kind} with its case in {@code internal.server.Connection}, or, for a fault
 * in place of the command, a component to {@link io.github.embeddedmemcached.internal.intercept.InterceptResult}, which {@code
 * internal.session.CommandInterception} executes and {@code internal.server.InterceptorChain} merges.
 */
@NullMarked
package io.github.embeddedmemcached.internal.intercept;

import org.jspecify.annotations.NullMarked;
