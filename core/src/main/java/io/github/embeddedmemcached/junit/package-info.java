/** The JUnit Jupiter extension. JUnit is optional: this package works on the class path, where tests live. */
@NullMarked
package io.github.embeddedmemcached.junit;

import org.jspecify.annotations.NullMarked;
