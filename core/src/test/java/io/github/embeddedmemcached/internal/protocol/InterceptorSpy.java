package io.github.embeddedmemcached.internal.protocol;

import io.github.embeddedmemcached.internal.intercept.InterceptResult;
import io.github.embeddedmemcached.internal.intercept.Interceptor;
import io.github.embeddedmemcached.protocol.Command;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Records the commands of a session, and returns the results that a test has specified. */
final class InterceptorSpy implements Interceptor {
    /** Names are shortened, because the name of a too long line depends on how much of it has arrived. */
    private static final int NAME_LENGTH_MAX = 100;

    private final List<Command> commands = new ArrayList<>();
    private final Function<Command, InterceptResult> results;

    InterceptorSpy(Function<Command, InterceptResult> results) {
        this.results = results;
    }

    InterceptorSpy() {
        this(command -> InterceptResult.PROCEED);
    }

    @Override
    public InterceptResult onCommand(Command command) {
        commands.add(command);
        return results.apply(command);
    }

    List<Command> commands() {
        return commands;
    }

    /** Returns descriptions of the commands since the last call, and clears them. */
    List<String> take() {
        List<String> taken = commands.stream().map(InterceptorSpy::describe).toList();
        commands.clear();
        return taken;
    }

    /** Returns the shortened name and the keys, followed by the components that are not 0 or null. */
    private static String describe(Command command) {
        List<String> words = new ArrayList<>();
        words.add(command.malformed() ? "malformed" : "");
        words.add(command.name().substring(0, Math.min(command.name().length(), NAME_LENGTH_MAX)));
        words.add(String.join(",", command.keys()));
        words.add(number("flags=", command.flags()));
        words.add(number("exptime=", command.exptimeSeconds()));
        words.add(number("cas=", command.casUnique()));
        words.add(number("delta=", command.delta()));
        byte[] value = command.value();
        words.add(value == null ? "" : "value=" + new String(value, StandardCharsets.ISO_8859_1));
        words.add(command.opaque() == null ? "" : "opaque=" + command.opaque());
        words.add(command.quiet() ? "quiet" : "");
        words.removeIf(String::isEmpty);
        return String.join(" ", words);
    }

    private static String number(String name, long number) {
        return number == 0 ? "" : name + Long.toUnsignedString(number);
    }
}
