package io.github.embeddedmemcached.junit;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.protocol.Command;
import io.github.embeddedmemcached.testing.Recording;
import java.util.List;

/**
 * The last commands that a server received before a test failed. They are attached as a suppressed exception of the failure,
 * although nothing was thrown, because test runners print suppressed exceptions with the failure. Surefire does not if its
 * {@code trimStackTrace} is on, so under Surefire they are also printed to standard error.
 */
final class RecordedCommands extends Exception {
    private static final long serialVersionUID = 1;
    private static final int SHOWN_MAX = 20;

    private RecordedCommands(String message) {
        super(message, null, false, false);
    }

    /**
     * Adds the commands of each server that received any.
     *
     * @param othersRan whether other tests used the servers at the same time
     */
    static void addTo(Throwable failure, List<EmbeddedMemcached> servers, boolean othersRan) {
        for (EmbeddedMemcached server : servers) {
            Recording recording = server.recording();
            List<Command> commands = recording.count() == 0 ? List.of() : recording.commands();
            if (!commands.isEmpty()) {
                String text = describe(server, commands, recording.count(), othersRan);
                failure.addSuppressed(new RecordedCommands(text));
                if (runsUnderSurefire()) {
                    System.err.println(text);
                }
            }
        }
    }

    private static boolean runsUnderSurefire() { // or Failsafe, which uses the same provider and properties
        return System.getProperty("surefire.real.class.path") != null
                || System.getProperty("surefire.test.class.path") != null;
    }

    private static String describe(EmbeddedMemcached server, List<Command> commands, long count, boolean othersRan) {
        int shown = Math.min(commands.size(), SHOWN_MAX);
        var text = new StringBuilder("the last ")
                .append(shown)
                .append(" of ")
                .append(count)
                .append(" commands to ")
                .append(server); // not host and port: it may have none
        if (othersRan) {
            text.append(", including those of other tests that ran at the same time");
        }
        text.append(':');
        for (Command command : commands.subList(commands.size() - shown, commands.size())) {
            text.append("\n    ").append(command.time()).append("  ").append(command);
        }
        return text.toString();
    }

    /** Returns the message without a class name: in a stack trace it follows the word "Suppressed". */
    @Override
    public String toString() {
        return String.valueOf(getMessage());
    }
}
