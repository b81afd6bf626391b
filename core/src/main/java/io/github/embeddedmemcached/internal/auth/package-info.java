/**
 * Authenticates clients: users, passwords, SASL.
 */
@NullMarked
package io.github.embeddedmemcached.internal.auth;

import org.jspecify.annotations.NullMarked;
