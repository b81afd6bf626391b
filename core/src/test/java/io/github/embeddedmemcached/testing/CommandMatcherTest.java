package io.github.embeddedmemcached.testing;

import static io.github.embeddedmemcached.testing.CommandMatcher.anyCommand;
import static io.github.embeddedmemcached.testing.CommandMatcher.command;
import static io.github.embeddedmemcached.testing.CommandMatcher.withKey;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.protocol.Command;
import io.github.embeddedmemcached.protocol.Command.Protocol;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which commands match. */
class CommandMatcherTest {
    private static final Command GET = made("get", List.of("a", "b"), Protocol.TEXT, false, 3);
    private static final Command BOGUS = made("bogus", List.of(), Protocol.TEXT, true, 4);

    static Command made(String name, List<String> keys, Protocol protocol, boolean malformed, int connection) {
        return new Command(
                name, keys, protocol, 0, 0, 0, 0, null, false, null, name, malformed, connection, Instant.EPOCH);
    }

    @Test
    void shouldMatchEveryCommand() {
        assertThat(anyCommand()).accepts(GET, BOGUS);
    }

    @Test
    void shouldMatchAnyOfSomeNames() {
        assertThat(command("set", "get")).accepts(GET).rejects(BOGUS);
        assertThat(command()).rejects(GET);
    }

    @Test
    void shouldMatchAnyOfTheKeys() {
        assertThat(withKey("b")).accepts(GET).rejects(BOGUS);
        assertThat(command("get").key("c")).rejects(GET);
        assertThat(anyCommand().keyMatching(key -> key.startsWith("b")))
                .accepts(GET)
                .rejects(BOGUS);
    }

    @Test
    void shouldMatchTheConnectionTheProtocolAndWhatIsMalformed() {
        assertThat(anyCommand().onConnection(3)).accepts(GET).rejects(BOGUS);
        assertThat(anyCommand().malformed()).accepts(BOGUS).rejects(GET);
        assertThat(anyCommand().protocol(Protocol.BINARY)).rejects(GET, BOGUS);
        assertThat(anyCommand().protocol(Protocol.TEXT)).accepts(GET, BOGUS);
    }

    @Test
    void shouldWantAllOfWhatItWasRefinedBy() {
        assertThat(command("get").key("a").onConnection(3)).accepts(GET);
        assertThat(command("get").key("a").onConnection(4)).rejects(GET);
        assertThat(command("set").or(withKey("a"))).accepts(GET);
        assertThat(command("get").negate()).accepts(BOGUS);
    }

    @Test
    void shouldSayWhatItMatches() {
        assertThat(command("get", "gets").key("k").onConnection(3)).hasToString("get|gets with key k on connection 3");
        assertThat(anyCommand().malformed()).hasToString("any command malformed");
    }
}
