package io.github.embeddedmemcached.testing;

import io.github.embeddedmemcached.protocol.Command;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * Says which commands are meant: {@code command("get", "gets").key("k").onConnection(3)}. Immutable; each method returns a new
 * matcher, for what matched before and matches that too. {@link Predicate}'s {@code or}, {@code and} and {@code negate} do the rest.
 */
public final class CommandMatcher implements Predicate<Command> {
    private static final int KEY_LENGTH_MAX = 250;

    private static final CommandMatcher ANY = new CommandMatcher("any command", command -> true);

    private final String description;
    private final Predicate<Command> test;

    private CommandMatcher(String description, Predicate<Command> test) {
        this.description = description;
        this.test = test;
    }

    // ---- beginning

    /**
     * Matches every command, and also what isn't one.
     *
     * @return a matcher
     */
    public static CommandMatcher anyCommand() {
        return ANY;
    }

    /**
     * Matches commands by name, see {@link Command#name}: {@code get} is the classic {@code get} and the binary protocol's, but not
     * {@code gets} and not the meta {@code mg}. Input with the name of a command and wrong arguments matches too.
     *
     * @param names any of them, at least one
     * @return a matcher
     * @throws IllegalArgumentException if there is no command of that name, so that the matcher could never match; see {@link
     *     #malformedCommand}
     */
    public static CommandMatcher command(String... names) {
        List<String> wanted = listOf("names", names);
        if (wanted.isEmpty()) {
            throw new IllegalArgumentException("command() without a name matches nothing: anyCommand() matches all");
        }
        wanted.forEach(CommandNames::check);
        return new CommandMatcher(String.join("|", wanted), command -> wanted.contains(command.name()));
    }

    /**
     * Matches what can't be executed, because it is no command or has wrong arguments, by its first word.
     *
     * @param firstWords any of them, as the client sends them, {@code "gett"} for one; none for all that is malformed
     * @return a matcher
     * @throws IllegalArgumentException if one of them is more than a word, so that it could never match
     */
    public static CommandMatcher malformedCommand(String... firstWords) {
        List<String> wanted = listOf("firstWords", firstWords);
        wanted.forEach(CommandNames::checkFirstWord);
        String description = wanted.isEmpty() ? "malformed command" : "malformed " + String.join("|", wanted);
        return new CommandMatcher(
                description, command -> command.isMalformed() && (wanted.isEmpty() || wanted.contains(command.name())));
    }

    private static List<String> listOf(String parameter, String... values) {
        Objects.requireNonNull(values, parameter);
        for (int i = 0; i < values.length; i++) {
            int index = i;
            Objects.requireNonNull(values[i], () -> parameter + "[" + index + "]");
        }
        return List.of(values);
    }

    /**
     * Matches commands with a key; where there are several it is one of them. The same as {@code anyCommand().key(key)}.
     *
     * @param key the key, 1 to 250 bytes
     * @return a matcher
     * @throws IllegalArgumentException if no command can have such a key
     */
    public static CommandMatcher withKey(String key) {
        return ANY.key(key);
    }

    // ---- refining

    /**
     * Matches only commands with a key; where there are several it is one of them.
     *
     * @param key the key, 1 to 250 bytes
     * @return a matcher
     * @throws IllegalArgumentException if no command can have such a key
     */
    public CommandMatcher key(String key) {
        int length = key.getBytes(StandardCharsets.UTF_8).length;
        if (length < 1 || length > KEY_LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "a key has 1 to " + KEY_LENGTH_MAX + " bytes, and \"" + key + "\" has " + length);
        }
        return with("with key " + key, command -> command.keys().contains(key));
    }

    /**
     * Matches only commands with a certain kind of key; where there are several it is one of them.
     *
     * @param keys which
     * @return a matcher
     */
    public CommandMatcher keyMatching(Predicate<String> keys) {
        Objects.requireNonNull(keys, "keys");
        return with("with certain keys", command -> command.keys().stream().anyMatch(keys));
    }

    /**
     * Matches only what comes over one connection.
     *
     * @param connection its number, see {@link Command#connection}; 1 or more
     * @return a matcher
     */
    public CommandMatcher onConnection(int connection) {
        if (connection < 1) {
            throw new IllegalArgumentException("the number of a connection must be at least 1, and is " + connection);
        }
        return with("on connection " + connection, command -> command.connection() == connection);
    }

    /**
     * Matches only what is said in a protocol.
     *
     * @param protocol which
     * @return a matcher
     */
    public CommandMatcher protocol(Command.Protocol protocol) {
        Objects.requireNonNull(protocol, "protocol");
        return with("in " + protocol, command -> command.protocol() == protocol);
    }

    /**
     * Matches only what can't be executed.
     *
     * @return a matcher
     */
    public CommandMatcher malformed() {
        return with("malformed", Command::isMalformed);
    }

    private CommandMatcher with(String also, Predicate<Command> next) {
        return new CommandMatcher(description + " " + also, command -> test.test(command) && next.test(command));
    }

    @Override
    public boolean test(Command command) {
        return test.test(command);
    }

    /** What it matches, in words: {@code get|gets with key k on connection 3}. */
    @Override
    public String toString() {
        return description;
    }
}
