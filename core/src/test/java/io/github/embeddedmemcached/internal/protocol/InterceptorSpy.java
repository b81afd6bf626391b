package io.github.embeddedmemcached.internal.protocol;

import io.github.embeddedmemcached.internal.intercept.InterceptResult;
import io.github.embeddedmemcached.internal.intercept.Interceptor;
import io.github.embeddedmemcached.protocol.Command;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Takes note of the commands of a session, and decides about them as a test likes. */
final class InterceptorSpy implements Interceptor {
    /** Of a line that is too long there may be any number of bytes. */
    private static final int NAME_LENGTH_MAX = 100;

    private final List<Command> commands = new ArrayList<>();
    private final Function<Command, InterceptResult> judge;

    InterceptorSpy(Function<Command, InterceptResult> judge) {
        this.judge = judge;
    }

    InterceptorSpy() {
        this(command -> InterceptResult.PROCEED);
    }

    @Override
    public InterceptResult onCommand(Command command) {
        commands.add(command);
        return judge.apply(command);
    }

    List<Command> commands() {
        return commands;
    }

    /** What was seen since, without lines. */
    List<String> take() {
        List<String> taken = commands.stream().map(InterceptorSpy::describe).toList();
        commands.clear();
        return taken;
    }

    /** The name, shortened, and the keys, then whatever isn't 0 or missing. */
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
