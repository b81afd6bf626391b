package io.github.embeddedmemcached.testing;

import io.github.embeddedmemcached.protocol.Command;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * A condition on commands, for {@link Faults#on} and {@link Recording}: {@code command("get", "gets").key("k").onConnection(3)}.
 * The static methods create a matcher; the instance methods return a new one with an additional condition. {@link Predicate}'s
 * {@code or}, {@code and} and {@code negate} combine matchers.
 *
 * <p>Immutable, and thread-safe if a predicate given to {@link #keyMatching} is.
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

    // ---- creating

    /**
     * Matches all commands, including malformed input.
     *
     * @return a matcher
     */
    public static CommandMatcher anyCommand() {
        return ANY;
    }

    /**
     * Matches commands by name, see {@link Command#name}: {@code get} matches the classic {@code get} and the binary protocol's,
     * but neither {@code gets} nor the meta command {@code mg}. Malformed input that begins with the name also matches.
     *
     * @param names alternatives, at least one
     * @return a matcher
     * @throws IllegalArgumentException if no name is given, or if there is no command of that name, so that the matcher could never
     *     match; see {@link #malformedCommand}
     */
    public static CommandMatcher command(String... names) {
        List<String> accepted = listOf("names", names);
        if (accepted.isEmpty()) {
            throw new IllegalArgumentException("command() needs at least one name; anyCommand() matches all commands");
        }
        accepted.forEach(CommandNames::check);
        return new CommandMatcher(String.join("|", accepted), command -> accepted.contains(command.name()));
    }

    /**
     * Matches malformed input, that is, unknown commands and commands with invalid arguments, by its first word.
     *
     * @param firstWords alternatives, as the client sends them, such as {@code "gett"}; none to match all malformed input
     * @return a matcher
     * @throws IllegalArgumentException if one of them is not a single word, so that it could never match
     */
    public static CommandMatcher malformedCommand(String... firstWords) {
        List<String> accepted = listOf("firstWords", firstWords);
        accepted.forEach(CommandNames::checkFirstWord);
        String description = accepted.isEmpty() ? "malformed command" : "malformed " + String.join("|", accepted);
        return new CommandMatcher(
                description,
                command -> command.malformed() && (accepted.isEmpty() || accepted.contains(command.name())));
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
     * Matches commands that have the key among their keys. Equivalent to {@code anyCommand().key(key)}.
     *
     * @param key the key, 1 to 250 bytes in UTF-8
     * @return a matcher
     * @throws IllegalArgumentException if the key's length is out of range
     */
    public static CommandMatcher withKey(String key) {
        return ANY.key(key);
    }

    // ---- additional conditions

    /**
     * Adds the condition that the command has the key among its keys.
     *
     * @param key the key, 1 to 250 bytes in UTF-8
     * @return a new matcher with both conditions
     * @throws IllegalArgumentException if the key's length is out of range
     */
    public CommandMatcher key(String key) {
        int length = key.getBytes(StandardCharsets.UTF_8).length;
        if (length < 1 || length > KEY_LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "the key must have 1 to " + KEY_LENGTH_MAX + " bytes, but has " + length + ": \"" + key + "\"");
        }
        return with("with key " + key, command -> command.keys().contains(key));
    }

    /**
     * Adds the condition that at least one of the command's keys satisfies a predicate.
     *
     * @param keys the predicate; called by any thread, so it must be thread-safe
     * @return a new matcher with both conditions
     */
    public CommandMatcher keyMatching(Predicate<String> keys) {
        Objects.requireNonNull(keys, "keys");
        return with("with a matching key", command -> command.keys().stream().anyMatch(keys));
    }

    /**
     * Adds the condition that the command was received over a certain connection.
     *
     * @param connection the connection's number, see {@link Command#connection}; 1 or more
     * @return a new matcher with both conditions
     * @throws IllegalArgumentException if the number is less than 1
     */
    public CommandMatcher onConnection(int connection) {
        if (connection < 1) {
            throw new IllegalArgumentException("the connection number must be at least 1: " + connection);
        }
        return with("on connection " + connection, command -> command.connection() == connection);
    }

    /**
     * Adds the condition that the command was sent in a certain protocol.
     *
     * @param protocol the protocol
     * @return a new matcher with both conditions
     */
    public CommandMatcher protocol(Command.Protocol protocol) {
        Objects.requireNonNull(protocol, "protocol");
        return with("in " + protocol, command -> command.protocol() == protocol);
    }

    /**
     * Adds the condition that the command is malformed, see {@link Command#malformed}.
     *
     * @return a new matcher with both conditions
     */
    public CommandMatcher malformed() {
        return with("malformed", Command::malformed);
    }

    private CommandMatcher with(String condition, Predicate<Command> next) {
        return new CommandMatcher(description + " " + condition, command -> test.test(command) && next.test(command));
    }

    @Override
    public boolean test(Command command) {
        return test.test(command);
    }

    /** Describes the conditions: {@code get|gets with key k on connection 3}. */
    @Override
    public String toString() {
        return description;
    }
}
