package io.github.embeddedmemcached.junit;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.protocol.Command;
import io.github.embeddedmemcached.testing.Recording;
import java.util.List;

/**
 * The last commands that a server received before a test failed. They are a suppressed exception of the failure, although nothing
 * was thrown, because test runners print those next to the failure. Surefire doesn't if its {@code trimStackTrace} is on, so under
 * Surefire they are printed to standard error as well.
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
                String text = describe(server, commands, recording.count(), othersRan);
                failure.addSuppressed(new RecordedCommands(text));
                if (runsUnderSurefire()) {
                    System.err.println(text);
                }
            }
        }
    }

    private static boolean runsUnderSurefire() { // or Failsafe, which is the same program
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
                .append(server); // not by its host and port, which it may not have
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
