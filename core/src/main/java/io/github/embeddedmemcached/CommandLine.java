package io.github.embeddedmemcached;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The program's command line, understood or refused. The options are memcached's, in all the forms that getopt_long takes:
 * {@code -p 11211}, {@code -p11211}, {@code --port 11211}, {@code --port=11211}, {@code -Mv}, and long names cut short while
 * they are unambiguous. Where memcached takes nonsense for zero (its atoi), this refuses it.
 */
final class CommandLine {
    /** What the command line asks for. */
    enum Action {
        /** A server. */
        SERVE,
        /** The help text. */
        HELP,
        /** The version. */
        VERSION,
        /** Nothing that could be done: see {@link #message()} and {@link #exitStatus()}. */
        REFUSE
    }

    // memcached's: 1 from its own checks, the others from sysexits.h
    static final int EXIT_FAILURE = 1;
    static final int EXIT_USAGE = 64;
    static final int EXIT_OS_ERROR = 71;

    static final int DEFAULT_PORT = 11211;
    private static final int PORT_MAX = 65535;
    private static final int DEFAULT_MEMORY_MEGABYTES = 64;
    private static final int VERBOSITY_MAX = 3;

    private enum Option {
        PORT('p', "port", true),
        LISTEN('l', "listen", true),
        MEMORY_LIMIT('m', "memory-limit", true),
        DISABLE_EVICTIONS('M', "disable-evictions", false),
        CONN_LIMIT('c', "conn-limit", true),
        THREADS('t', "threads", true),
        MAX_ITEM_SIZE('I', "max-item-size", true),
        VERBOSE('v', "verbose", false),
        VERSION('V', "version", false),
        HELP('h', "help", false),
        UDP_PORT('U', "udp-port", true),
        USER('u', "user", true);

        private final char letter;
        private final String word;
        private final boolean takesValue;

        Option(char letter, String word, boolean takesValue) {
            this.letter = letter;
            this.word = word;
            this.takesValue = takesValue;
        }
    }

    private Action action = Action.SERVE;
    private String message = "";
    private int exitStatus;

    private int port = DEFAULT_PORT;
    private @Nullable String listen;
    private InetAddress bindAddress = InetAddress.getLoopbackAddress();
    private int memoryMegabytes = DEFAULT_MEMORY_MEGABYTES;
    private boolean eviction = true;
    private int maxConnections = 1024;
    private @Nullable Integer threads;
    private @Nullable String itemSizeMax;
    private int itemSizeMaxBytes;
    private int verbosity;

    private CommandLine() {}

    /** Understands a command line; what cannot be understood is {@link Action#REFUSE}. */
    static CommandLine parse(String... arguments) {
        CommandLine line = new CommandLine();
        line.read(arguments);
        if (line.action == Action.SERVE) {
            line.checkItemSizeMax();
        }
        if (line.action == Action.SERVE) {
            line.resolveListen();
        }
        return line;
    }

    Action action() {
        return action;
    }

    /** Why the command line was refused. */
    String message() {
        return message;
    }

    int exitStatus() {
        return exitStatus;
    }

    int verbosity() {
        return verbosity;
    }

    /** 0 for any free one. */
    int port() {
        return port;
    }

    InetAddress bindAddress() {
        return bindAddress;
    }

    /** The settings of a server that traces to a sink, if it is to trace at all. */
    EmbeddedMemcached.Builder toBuilder(Consumer<String> traceSink) {
        EmbeddedMemcached.Builder builder = EmbeddedMemcached.builder()
                .bindAddress(bindAddress)
                .port(port)
                .memoryLimitBytes((long) memoryMegabytes << 20)
                .eviction(eviction)
                .maxConnections(maxConnections)
                .verbosity(verbosity, traceSink);
        if (threads != null) {
            builder.threads(threads);
        }
        if (itemSizeMax != null) {
            builder.itemSizeMaxBytes(itemSizeMaxBytes);
        }
        return builder;
    }

    // ---- the forms

    private void read(String[] arguments) {
        for (int i = 0; i < arguments.length && action == Action.SERVE; i++) {
            String argument = arguments[i];
            String next = i + 1 < arguments.length ? arguments[i + 1] : null;
            boolean tookNext;
            if (argument.startsWith("--") && argument.length() > 2) {
                tookNext = readWord(argument.substring(2), next);
            } else if (argument.startsWith("-") && argument.length() > 1 && !argument.equals("--")) {
                tookNext = readLetters(argument.substring(1), next);
            } else {
                tookNext = false;
                refuse(EXIT_FAILURE, "unexpected argument \"" + argument + "\"");
            }
            if (tookNext) {
                i++;
            }
        }
    }

    /** <pre>--word | --word=value | --word value</pre> Says whether the next argument was the value. */
    private boolean readWord(String text, @Nullable String next) {
        int equals = text.indexOf('=');
        String word = equals < 0 ? text : text.substring(0, equals);
        List<Option> candidates = Arrays.stream(Option.values())
                .filter(o -> o.word.startsWith(word))
                .toList();
        Option option = candidates.stream()
                .filter(o -> o.word.equals(word) || candidates.size() == 1)
                .findFirst()
                .orElse(null);
        if (option == null) {
            String what = candidates.isEmpty() ? "unrecognized" : "ambiguous";
            refuse(EXIT_FAILURE, what + " option --" + word);
        } else if (!option.takesValue && equals >= 0) {
            refuse(EXIT_FAILURE, "option --" + option.word + " doesn't take a value");
        } else if (!option.takesValue) {
            apply(option, "");
        } else if (equals >= 0) {
            apply(option, text.substring(equals + 1));
        } else if (next == null) {
            refuse(EXIT_FAILURE, "option --" + option.word + " requires a value");
        } else {
            apply(option, next);
            return true;
        }
        return false;
    }

    /** <pre>-a | -abc | -pvalue | -p value</pre> Says whether the next argument was the value. */
    private boolean readLetters(String letters, @Nullable String next) {
        for (int i = 0; i < letters.length() && action != Action.REFUSE; i++) {
            char letter = letters.charAt(i);
            Option option = Arrays.stream(Option.values())
                    .filter(o -> o.letter == letter)
                    .findFirst()
                    .orElse(null);
            if (option == null) {
                refuse(EXIT_FAILURE, "unrecognized option -" + letter);
            } else if (!option.takesValue) {
                apply(option, "");
            } else if (i + 1 < letters.length()) {
                apply(option, letters.substring(i + 1));
                return false;
            } else if (next == null) {
                refuse(EXIT_FAILURE, "option -" + letter + " requires a value");
            } else {
                apply(option, next);
                return true;
            }
        }
        return false;
    }

    // ---- the options

    private void apply(Option option, String value) {
        switch (option) {
            case PORT -> port = port(value, EXIT_USAGE);
            case LISTEN -> listen = value;
            case MEMORY_LIMIT ->
                memoryMegabytes = number(
                        value, 1, Integer.MAX_VALUE, EXIT_USAGE, "the memory limit (-m) must be megabytes, at least 1");
            case DISABLE_EVICTIONS -> eviction = false;
            case CONN_LIMIT ->
                maxConnections = number(
                        value,
                        1,
                        Integer.MAX_VALUE,
                        EXIT_FAILURE,
                        "the maximum of connections (-c) must be greater than 0");
            case THREADS ->
                threads = number(
                        value,
                        1,
                        1024,
                        EXIT_FAILURE,
                        "the number of threads (-t) must be greater than 0, and at most 1024");
            case MAX_ITEM_SIZE -> itemSizeMax = value;
            case VERBOSE -> verbosity = Math.min(VERBOSITY_MAX, verbosity + 1);
            case VERSION -> action = Action.VERSION;
            case HELP -> action = Action.HELP;
            case UDP_PORT -> number(value, 0, 0, EXIT_USAGE, "UDP (-U) isn't served: it must be 0, off");
            case USER -> {} // who starts a JVM has chosen its user
        }
    }

    /** A port; 0 and memcached's -1 are any free one. */
    private int port(String text, int status) {
        return Math.max(0, number(text, -1, PORT_MAX, status, "invalid port number"));
    }

    private int number(String text, int min, int max, int status, String sentence) {
        int number = min;
        boolean valid = text.matches("-?[0-9]{1,10}");
        if (valid) {
            long parsed = Long.parseLong(text);
            valid = parsed >= min && parsed <= max;
            number = (int) parsed;
        }
        if (!valid) {
            refuse(status, sentence + ": \"" + text + "\"");
        }
        return number;
    }

    /** {@code <digits>[k|m]} bytes, from 1k to 1024m, and at most half of the memory limit. */
    private void checkItemSizeMax() {
        if (itemSizeMax == null) {
            return;
        }
        String text = itemSizeMax.toLowerCase(Locale.ROOT);
        if (!text.matches("[0-9]{1,10}[km]?")) {
            refuse(EXIT_USAGE, "the item size limit (-I) must be bytes, or end in k or m: \"" + itemSizeMax + "\"");
            return;
        }
        int shift = text.endsWith("k") ? 10 : text.endsWith("m") ? 20 : 0;
        long bytes = Long.parseLong(shift == 0 ? text : text.substring(0, text.length() - 1)) << shift;
        if (bytes < EmbeddedMemcached.Builder.ITEM_SIZE_MAX_MIN) {
            refuse(EXIT_USAGE, "the item size limit (-I) cannot be less than 1024 bytes");
        } else if (bytes > EmbeddedMemcached.Builder.ITEM_SIZE_MAX_MAX) {
            refuse(EXIT_USAGE, "the item size limit (-I) cannot be higher than a gigabyte");
        } else if (bytes > ((long) memoryMegabytes << 20) / 2) {
            refuse(EXIT_USAGE, "the item size limit (-I) cannot be higher than 1/2 of the memory limit (-m)");
        }
        itemSizeMaxBytes = (int) bytes;
    }

    /** {@code host | host:port | [v6] | [v6]:port | v6} */
    private void resolveListen() {
        if (listen == null) {
            return;
        }
        if (listen.contains(",")) {
            refuse(EXIT_USAGE, "only one address can be listened on (-l): \"" + listen + "\"");
            return;
        }
        String host = listen;
        int colon = listen.lastIndexOf(':');
        boolean bracketed = listen.startsWith("[");
        boolean bareV6 = !bracketed && colon > listen.indexOf(':');
        if (!bareV6 && colon > listen.lastIndexOf(']')) {
            host = listen.substring(0, colon);
            port = port(listen.substring(colon + 1), EXIT_OS_ERROR);
        }
        if (host.isEmpty()) {
            refuse(EXIT_OS_ERROR, "no address to listen on (-l): \"" + listen + "\"");
        }
        if (action == Action.REFUSE) {
            return;
        }
        try {
            bindAddress = host.equals("*") ? InetAddress.getByName("0.0.0.0") : InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            refuse(EXIT_OS_ERROR, "unknown address to listen on (-l): \"" + host + "\"");
        }
    }

    private void refuse(int status, String why) {
        if (action != Action.REFUSE) {
            action = Action.REFUSE;
            exitStatus = status;
            message = why;
        }
    }
}
