package io.github.embeddedmemcached.junit;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.protocol.Command;
import io.github.embeddedmemcached.testing.Recording;
import java.util.List;

/**
 * The last commands that a server received before a test failed. It is nothing that was thrown: as a suppressed exception of the failure
 * it is printed by every runner, right where the failure is.
 */
final class RecordedCommands extends Exception {
    private static final long serialVersionUID = 1;
    private static final int SHOWN_MAX = 20;

    private RecordedCommands(String message) {
        super(message, null, false, false);
    }

    /**
     * Adds the commands of each server that received some.
     *
     * @param othersRan whether other tests talked to the servers as well
     */
    static void addTo(Throwable failure, List<EmbeddedMemcached> servers, boolean othersRan) {
        for (EmbeddedMemcached server : servers) {
            Recording recording = server.recording();
            List<Command> commands = recording.count() == 0 ? List.of() : recording.requests();
            if (!commands.isEmpty()) {
                failure.addSuppressed(new RecordedCommands(describe(server, commands, recording.count(), othersRan)));
            }
        }
    }

    private static String describe(EmbeddedMemcached server, List<Command> commands, long count, boolean othersRan) {
        int shown = Math.min(commands.size(), SHOWN_MAX);
        var text = new StringBuilder("the last ")
                .append(shown)
                .append(" of ")
                .append(count)
                .append(" commands to the memcached at ")
                .append(server.host())
                .append(':')
                .append(server.port());
        if (othersRan) {
            text.append(", those of other tests that ran at the same time among them");
        }
        text.append(':');
        for (Command command : commands.subList(commands.size() - shown, commands.size())) {
            text.append("\n    ").append(command.time()).append("  ").append(command);
        }
        return text.toString();
    }

    /** Without a class name: in a stack trace it follows the word "Suppressed". */
    @Override
    public String toString() {
        return String.valueOf(getMessage());
    }
}
