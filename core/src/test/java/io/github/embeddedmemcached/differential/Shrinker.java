package io.github.embeddedmemcached.differential;

import io.github.embeddedmemcached.differential.Comparison.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Shortens a conversation while its replies still differ: first removes commands, then bytes of commands. */
final class Shrinker {
    /** The maximum number of compared conversations. */
    private static final int ATTEMPTS_MAX = 300;

    /** The first words of the expected and the actual reply. */
    private static final Pattern KIND = Pattern.compile("expected \"(\\w*).*, but received \"(\\w*)");

    private final Comparison comparison;
    private int attempts;
    private String kind = "";

    Shrinker(Comparison comparison) {
        this.comparison = comparison;
    }

    Conversation shrink(Conversation conversation) throws IOException {
        comparison.shortTimeouts(true);
        kind = kind(comparison.compare(conversation));
        try {
            Conversation shortest = withFewerCommands(conversation);
            for (int i = shortest.commands().size() - 1; i >= 0; i--) {
                shortest = withShorterCommand(shortest, i);
            }
            return withFewerCommands(shortest);
        } finally {
            comparison.shortTimeouts(false);
        }
    }

    private Conversation withFewerCommands(Conversation conversation) throws IOException {
        Conversation shortest = conversation;
        for (int count = conversation.commands().size(); count >= 1; count /= 2) {
            for (int from = shortest.commands().size() - count; from >= 0; from--) {
                List<String> fewer = new ArrayList<>(shortest.commands());
                fewer.subList(from, Math.min(from + count, fewer.size())).clear();
                if (differs(shortest.with(fewer))) {
                    shortest = shortest.with(fewer);
                    from = Math.min(from, shortest.commands().size() - count + 1);
                }
            }
        }
        return shortest;
    }

    private Conversation withShorterCommand(Conversation conversation, int index) throws IOException {
        Conversation shortest = conversation;
        for (int count = conversation.commands().get(index).length(); count >= 1; count /= 2) {
            for (int from = shortest.commands().get(index).length() - count; from >= 0; from -= count) {
                String command = shortest.commands().get(index);
                List<String> changed = new ArrayList<>(shortest.commands());
                changed.set(index, command.substring(0, from) + command.substring(from + count));
                if (differs(shortest.with(changed))) {
                    shortest = shortest.with(changed);
                }
            }
        }
        return shortest;
    }

    private boolean differs(Conversation conversation) throws IOException {
        if (++attempts > ATTEMPTS_MAX) {
            return false;
        }
        boolean first = kind(comparison.compare(conversation)).equals(kind);
        return first
                && kind(comparison.compare(conversation)).equals(kind); // repeated, to exclude a difference by chance
    }

    /** Returns the difference without the details that change when a conversation is shortened. */
    private static String kind(Outcome outcome) {
        Matcher words = KIND.matcher(outcome.difference());
        return words.find() ? words.group(1) + words.group(2) : outcome.difference();
    }
}
