/** The session of one client: selects the protocol by the first byte and passes the input on to its codec. */
@NullMarked
package io.github.embeddedmemcached.internal.protocol;

import org.jspecify.annotations.NullMarked;
