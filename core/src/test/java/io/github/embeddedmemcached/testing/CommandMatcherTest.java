package io.github.embeddedmemcached.testing;

import static io.github.embeddedmemcached.testing.CommandMatcher.anyCommand;
import static io.github.embeddedmemcached.testing.CommandMatcher.command;
import static io.github.embeddedmemcached.testing.CommandMatcher.malformedCommand;
import static io.github.embeddedmemcached.testing.CommandMatcher.withKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.protocol.Command;
import io.github.embeddedmemcached.protocol.Command.Protocol;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests which commands match. */
class CommandMatcherTest {
    private static final Command GET = newCommand("get", List.of("a", "b"), Protocol.TEXT, false, 3);
    private static final Command BOGUS = newCommand("bogus", List.of(), Protocol.TEXT, true, 4);

    static Command newCommand(String name, List<String> keys, Protocol protocol, boolean malformed, int connection) {
        return new Command(
                name, keys, protocol, 0, 0, 0, 0, null, false, null, name, malformed, connection, Instant.EPOCH);
    }

    @Test
    void shouldMatchEveryCommand() {
        assertThat(anyCommand()).accepts(GET, BOGUS);
    }

    @Test
    void shouldMatchAnyOfTheNames() {
        assertThat(command("set", "get")).accepts(GET).rejects(BOGUS);
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
    void shouldMatchConnectionProtocolAndMalformedInput() {
        assertThat(anyCommand().onConnection(3)).accepts(GET).rejects(BOGUS);
        assertThat(anyCommand().malformed()).accepts(BOGUS).rejects(GET);
        assertThat(anyCommand().protocol(Protocol.BINARY)).rejects(GET, BOGUS);
        assertThat(anyCommand().protocol(Protocol.TEXT)).accepts(GET, BOGUS);
    }

    @Test
    void shouldCombineConditions() {
        assertThat(command("get").key("a").onConnection(3)).accepts(GET);
        assertThat(command("get").key("a").onConnection(4)).rejects(GET);
        assertThat(command("set").or(withKey("a"))).accepts(GET);
        assertThat(command("get").negate()).accepts(BOGUS);
    }

    @Test
    void shouldDescribeItsConditions() {
        assertThat(command("get", "gets").key("k").onConnection(3)).hasToString("get|gets with key k on connection 3");
        assertThat(anyCommand().malformed()).hasToString("any command malformed");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, get",
        "gett, get",
        "getq, get",
        "Incr, incr",
        "increment, incr",
        "decrement, decr",
        "flush, flush_all",
        "flushall, flush_all",
        "stat, stats"
    })
    void shouldRejectAnUnknownNameAndSuggestTheNearest(String name, String nearest) {
        assertThatThrownBy(() -> command("get", name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is no command \"" + name + "\", did you mean \"" + nearest
                        + "\"? malformedCommand(\"" + name + "\") matches unknown commands");
    }

    @Test
    void shouldListAllNamesIfNoneIsSimilar() {
        assertThatThrownBy(() -> command("select"))
                .hasMessageContaining("the commands are: add, append, cache_memlimit, cas,");
        assertThatThrownBy(() -> command()).hasMessageContaining("anyCommand()");
    }

    @Test
    void shouldAcceptEveryCommandName() {
        for (String name : CommandNames.NAMES) {
            assertThat(command(name)).hasToString(name);
        }
        assertThat(CommandNames.NAMES)
                .contains("get", "mg", "incr", "flush_all", "noop", "sasl_auth", "config")
                .hasSize(39);
    }

    @Test
    void shouldMatchMalformedInputByItsFirstWord() {
        assertThat(malformedCommand()).accepts(BOGUS).rejects(GET).hasToString("malformed command");
        assertThat(malformedCommand("gett", "bogus")).accepts(BOGUS).hasToString("malformed gett|bogus");
        assertThat(malformedCommand("gett", "get")).rejects(BOGUS, GET);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gett k", "gett ", " gett", "gett\r\n"})
    void shouldRejectAFirstWordWithWhiteSpace(String words) {
        assertThatThrownBy(() -> malformedCommand("get", words))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("malformed commands are matched by their first word, but \""
                        + words.replace("\r\n", "\\r\\n") + "\" is not a single word");
    }

    @Test
    void shouldNotSuggestMalformedCommandForSeveralWords() {
        assertThatThrownBy(() -> command(" set")).hasMessage("there is no command \" set\", did you mean \"set\"?");
    }

    @Test
    void shouldAcceptEveryPossibleFirstWord() {
        assertThat(malformedCommand("", "gett\tk")).hasToString("malformed |gett\tk");
    }

    @Test
    void shouldRejectAnEmptyName() {
        assertThatThrownBy(() -> command("get", ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the command name must not be empty; anyCommand() matches all commands");
    }

    @Test
    @SuppressWarnings("NullAway") // like an application compiled without null checks
    void shouldNameTheParameterThatIsNull() {
        String absent = null;
        String[] none = null;
        assertThatNullPointerException()
                .isThrownBy(() -> command("get", absent))
                .withMessage("names[1]");
        assertThatNullPointerException().isThrownBy(() -> command(none)).withMessage("names");
        assertThatNullPointerException()
                .isThrownBy(() -> malformedCommand(absent, "x"))
                .withMessage("firstWords[0]");
    }

    @Test
    void shouldRejectInvalidKeysAndConnections() {
        assertThatThrownBy(() -> withKey("")).hasMessageContaining("1 to 250 bytes");
        assertThatThrownBy(() -> withKey("\u20ac".repeat(84))).hasMessageContaining("has 252");
        assertThatThrownBy(() -> anyCommand().onConnection(0)).hasMessageContaining("at least 1: 0");
    }
}
