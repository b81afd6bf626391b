package io.github.embeddedmemcached.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import net.rubyeye.xmemcached.CommandFactory;
import net.rubyeye.xmemcached.command.BinaryCommandFactory;
import org.junit.jupiter.api.Test;

/** Runs the tests of xmemcached over the binary protocol, and tests the commands that it supports only over this protocol. */
class XmemcachedBinaryTest extends XmemcachedTest {
    @Override
    CommandFactory commandFactory() {
        return new BinaryCommandFactory();
    }

    @Test
    void shouldGetAndTouch() throws Exception {
        assertThat(client.<String>getAndTouch("key", 10)).isNull();
        client.set("key", 10, "a");
        assertThat(client.<String>getAndTouch("key", 20)).isEqualTo("a");
        clock.advance(Duration.ofSeconds(19));
        assertThat(client.<String>getAndTouch("key", 20)).isEqualTo("a");
        clock.advance(Duration.ofSeconds(20));
        assertThat(client.<String>getAndTouch("key", 20)).isNull();
    }

    @Test
    void shouldSetTheVerbosity() throws Exception {
        client.setLoggingLevelVerbosity(memcached.address(), 1); // the client always sends 0
        client.setLoggingLevelVerbosityWithNoReply(memcached.address(), 0);
        assertThat(client.getStatsByItem("settings").get(memcached.address())).containsEntry("verbosity", "0");
    }

    @Test
    void shouldDeleteOnlyIfCasUniqueMatches() throws Exception {
        client.set("key", 0, "a");
        long casUnique = client.gets("key").getCas();
        assertThat(client.delete("key", casUnique + 1, 5000)).isFalse();
        assertThat(client.delete("key", casUnique, 5000)).isTrue();
    }
}
