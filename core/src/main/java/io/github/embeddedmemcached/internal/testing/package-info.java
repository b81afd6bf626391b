/**
 * Access of the server to the non-public parts of {@code io.github.embeddedmemcached.testing}: creation of a recording and of fault
 * rules, and their interceptors.
 *
 * <p>A method that the server calls but an application must not call is added to {@link
 * io.github.embeddedmemcached.internal.testing.RecordingControl} or {@link io.github.embeddedmemcached.internal.testing.FaultsControl}.
 */
@NullMarked
package io.github.embeddedmemcached.internal.testing;

import org.jspecify.annotations.NullMarked;
