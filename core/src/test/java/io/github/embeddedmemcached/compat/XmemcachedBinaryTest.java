package io.github.embeddedmemcached.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import net.rubyeye.xmemcached.CommandFactory;
import net.rubyeye.xmemcached.command.BinaryCommandFactory;
import org.junit.jupiter.api.Test;

/** The same with xmemcached over the binary protocol, and what it does over that only. */
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
        client.setLoggingLevelVerbosity(memcached.address(), 1); // asks for 0, whatever it is told
        client.setLoggingLevelVerbosityWithNoReply(memcached.address(), 0);
        assertThat(client.getStatsByItem("settings").get(memcached.address())).containsEntry("verbosity", "0");
    }

    @Test
    void shouldDeleteOnlyWhatWasSeen() throws Exception {
        client.set("key", 0, "a");
        long casUnique = client.gets("key").getCas();
        assertThat(client.delete("key", casUnique + 1, 5000)).isFalse();
        assertThat(client.delete("key", casUnique, 5000)).isTrue();
    }
}
