package io.github.embeddedmemcached.differential;

import io.github.embeddedmemcached.differential.Exchange.NumberKind;
import io.github.embeddedmemcached.internal.wire.MemcachedVersion;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The differences between memcached 1.6.45, which this server implements, and the installed older version, 1.6.18. Differences are
 * accepted only here. The name of each rule is explained in {@code transcripts/differences.txt}. A rule translates an exchange of this
 * server to the request and the expected reply for the older version, or to {@link #NOTHING} if this server only rejects the request.
 */
final class OlderMemcached {
    /** The request is not sent to the older version. */
    private static final Exchange NOTHING = new Exchange(Wire.TEXT, "", "");

    /** The older version has no equivalent request. The rest of the conversation cannot be compared. */
    static final Exchange INCOMPARABLE = new Exchange(Wire.TEXT, "", "");

    private static final String BAD_LINE = "CLIENT_ERROR bad command line format\r\n";
    private static final String BAD_EXPTIME = "CLIENT_ERROR invalid exptime argument\r\n";
    private static final String BAD_DELTA = "CLIENT_ERROR invalid numeric delta argument\r\n";
    private static final String ERROR = "ERROR\r\n";
    private static final int LINE_LENGTH_MIN = 4;
    private static final int KEY_LENGTH_MAX = 250;

    private static final Set<String> STORAGE = Set.of("set", "add", "replace", "append", "prepend", "cas");
    private static final Set<String> RETRIEVAL = Set.of("get", "gets", "gat", "gats");
    private static final Set<String> META = Set.of("mg", "ms", "md", "ma", "me", "mn");
    private static final Set<String> OTHERS =
            Set.of("delete", "incr", "decr", "touch", "flush_all", "version", "verbosity", "stats", "shutdown", "quit");

    private static final long BODY_LENGTH_MAX = 1 << 30;

    /** The older version closes the connection after a longer key, without an error. */
    private static final int BUFFER_LENGTH = 8 << 10;

    private static final int UNKNOWN_STATUS = 0x81;
    private static final int VERSION_OPCODE = 0x0b;
    private static final int VERBOSITY_OPCODE = 0x1b;
    private static final Set<Integer> FLUSH_OPCODES = Set.of(0x08, 0x18);

    /** stat touch gat gatq gatk gatkq */
    private static final Set<Integer> MORE_BODY_OPCODES = Set.of(0x10, 0x1c, 0x1d, 0x1e, 0x23, 0x24);

    private static final Pattern ODD_MODE = Pattern.compile("M|M\\x1f|M.{2,}", Pattern.DOTALL);

    /** Replaces NUL in command lines. */
    private static final char NUL_REPLACEMENT = 0x1f;

    private static final Pattern OPAQUE = Pattern.compile("(?<= )O[^ ]*");

    /** A difference. The translation is applied to every exchange, and returns it unchanged if the versions do not differ. */
    record Rule(String name, UnaryOperator<Exchange> translation) {}

    static final List<Rule> RULES = List.of(
            new Rule("nul", OlderMemcached::nul),
            new Rule("short-line", OlderMemcached::shortLine),
            new Rule("leading-space", OlderMemcached::leadingSpace),
            new Rule("http-word", OlderMemcached::httpWord),
            new Rule("bget", OlderMemcached::bget),
            new Rule("too-few-arguments", OlderMemcached::tooFewArguments),
            new Rule("number-range", OlderMemcached::looseNumber), // and plus-sign, long-number, exptime-range
            new Rule("number-range", OlderMemcached::looseFlag),
            new Rule("gat-without-key", OlderMemcached::gatWithoutKey),
            new Rule("flush-later", OlderMemcached::flushLater),
            new Rule("blank-number", OlderMemcached::blankNumber),
            new Rule("meta-ma-errors", exchange -> metaError(exchange, "ma")),
            new Rule("meta-md-errors", exchange -> metaError(exchange, "md")),
            new Rule("meta-flag-letters", exchange -> metaError(exchange, "mg|ms|me", "[^A-Za-z0-9].*")),
            new Rule("meta-flag-count", OlderMemcached::metaFlagCount),
            new Rule("meta-new-flags", OlderMemcached::metaNewFlags),
            new Rule("meta-me-exptime", OlderMemcached::metaExptime),
            new Rule("extra-arguments", OlderMemcached::extraArguments),
            new Rule("noreply-length", OlderMemcached::noreplyLength),
            new Rule("swallow", OlderMemcached::swallow),
            new Rule("unknown-noreply", OlderMemcached::unknownNoreply),
            new Rule("shutdown-text", OlderMemcached::shutdownText),
            new Rule("version-number", OlderMemcached::versionNumber));

    private OlderMemcached() {}

    /** Returns the request and the expected reply for the older version. An empty request is not sent. */
    static Exchange translated(Exchange exchange) {
        if (exchange.wire() == Wire.BINARY) {
            return exchange.request().length() >= Packet.HEADER_LENGTH ? packet(exchange) : exchange;
        }
        Exchange translated = exchange;
        for (Rule rule : RULES) {
            if (!translated.request().isEmpty()) { // neither NOTHING nor INCOMPARABLE
                translated = rule.translation().apply(translated);
            }
        }
        return translated;
    }

    // ---- the binary protocol, see binary-transcripts/differences.txt

    private static Exchange packet(Exchange exchange) {
        Packet request = new Packet(exchange.request());
        boolean rejected =
                exchange.reply().length() >= Packet.HEADER_LENGTH && new Packet(exchange.reply()).status() != 0;
        int status = rejected ? new Packet(exchange.reply()).status() : 0;
        if (exchange.number() == NumberKind.BLANK || request.opcode() == VERBOSITY_OPCODE) {
            return exchange.closes() ? INCOMPARABLE : NOTHING;
        }
        if (request.bodyLength() > BODY_LENGTH_MAX || request.keyLength() + request.extrasLength() > BUFFER_LENGTH) {
            return INCOMPARABLE; // huge-body
        }
        if (status == UNKNOWN_STATUS && request.bodyLength() > 0 && !exchange.closes()) {
            return NOTHING; // unknown-body
        }
        if (exchange.closes() && rejected && MORE_BODY_OPCODES.contains(request.opcode())) {
            return INCOMPARABLE; // touch-body
        }
        if (FLUSH_OPCODES.contains(request.opcode())
                && exchange.isCompletePacket()
                && request.extrasLength() > 0
                && !request.extras().equals("\0\0\0\0")) {
            return INCOMPARABLE; // flush-later
        }
        return request.opcode() == VERSION_OPCODE
                ? exchange.withReply(exchange.reply().replace(MemcachedVersion.TEXT, "1.6.18"))
                : exchange;
    }

    /** Returns whether the older version rejected a number because of a minus beyond the end of the value. */
    static boolean isNonNumericByMinus(Exchange exchange, String reply) {
        return exchange.number() == NumberKind.LARGE && reply.contains("on-numeric");
    }

    // ---- the text protocol

    /** For the older version, the line ends at a NUL. */
    private static Exchange nul(Exchange exchange) {
        String line = exchange.wholeLine();
        if (line.indexOf('\0') < 0) {
            return exchange;
        }
        String value = exchange.request().substring(line.length());
        Exchange translated = exchange.withRequest(line.replace('\0', NUL_REPLACEMENT) + value);
        CommandLineWords words = CommandLineWords.of(exchange);
        String command = words.command();
        if (META.contains(command)) {
            int lineEnd = exchange.reply().indexOf('\n') + 1;
            String header = exchange.reply().substring(0, lineEnd);
            boolean hasBinaryKey = words.all().stream().skip(2).anyMatch(word -> word.startsWith("b"));
            // a key in base64 may contain a NUL that is not in the line
            String expected = hasBinaryKey
                    ? OPAQUE.matcher(header).replaceAll(opaque -> Matcher.quoteReplacement(withoutNul(opaque.group())))
                    : withoutNul(header);
            return translated.withReply(expected + exchange.reply().substring(lineEnd));
        }
        return RETRIEVAL.contains(command)
                ? translated.withReply(ExpectedReplies.mapHeaders(exchange.reply(), OlderMemcached::withoutNul))
                : translated;
    }

    private static String withoutNul(String text) {
        return text.replace('\0', NUL_REPLACEMENT);
    }

    private static Exchange shortLine(Exchange exchange) {
        boolean applies = exchange.wholeLine().length() < LINE_LENGTH_MIN
                && exchange.reply().equals(BAD_LINE);
        if (applies && META.contains(exchange.line())) {
            return NOTHING;
        }
        return applies ? exchange.withReply(ERROR) : exchange;
    }

    /** This server rejects the line, the older version executes it. */
    private static Exchange leadingSpace(Exchange exchange) {
        boolean applies = exchange.line().startsWith(" ")
                && exchange.wholeLine().length() >= LINE_LENGTH_MIN
                && !exchange.closes()
                && (exchange.reply().equals(ERROR)
                        || CommandLineWords.of(exchange).isNoreply());
        return applies ? NOTHING : exchange;
    }

    /** The older version closes the connection after a first word alone, but not after some unknown first words. */
    private static Exchange httpWord(Exchange exchange) {
        CommandLineWords words = CommandLineWords.of(exchange);
        if (exchange.closes()
                && words.count() > 1
                && words.get(words.count() - 1).startsWith("HTTP/")) {
            return exchange.withRequest("GET / HTTP/1.1\r\n");
        }
        boolean applies = words.count() == 1
                && words.command().startsWith("HTTP/")
                && exchange.reply().equals(ERROR);
        return applies ? NOTHING : exchange;
    }

    private static Exchange bget(Exchange exchange) {
        return CommandLineWords.of(exchange).command().equals("bget") && !exchange.closes() ? NOTHING : exchange;
    }

    private static Exchange tooFewArguments(Exchange exchange) {
        CommandLineWords words = CommandLineWords.of(exchange);
        boolean applies =
                words.count() < wordsMin(words.command()) && exchange.reply().equals(BAD_LINE);
        return applies ? exchange.withRequest(exchange.wholeLine()).withReply(ERROR) : exchange;
    }

    private static int wordsMin(String command) {
        return switch (command) {
            case "set", "add", "replace", "append", "prepend" -> 5;
            case "cas" -> 6;
            case "incr", "decr", "touch" -> 3;
            case "mg", "ms", "md", "ma", "delete", "verbosity", "get", "gets" -> 2;
            default -> 0;
        };
    }

    /** {@link #looseNumber} for the flags of a meta command. */
    private static Exchange looseFlag(Exchange exchange) {
        return metaError(exchange, "mg|ms", "[TNRCEFDJ].*");
    }

    /** This server rejects the number. The older version parses it like C: with a sign, leading zeros, truncated to 32 bits. */
    private static Exchange looseNumber(Exchange exchange) {
        CommandLineWords words = CommandLineWords.of(exchange);
        boolean isLoose = switch (words.command()) {
            case "set", "add", "replace", "append", "prepend" -> isLoose32(words, 4);
            case "ms" -> isLoose32(words, 2);
            case "cas" -> isLoose32(words, 4) || isLoose64(words, 5);
            case "incr", "decr" -> isLoose64(words, 2);
            case "touch" -> isLoose32(words, 2);
            case "gat", "gats", "flush_all" -> isLoose32(words, 1);
            case "verbosity" -> !words.isStrict32(1, false) && words.isLooseUnsigned(1);
            default -> false;
        };
        boolean rejected = Set.of(BAD_LINE, BAD_EXPTIME, BAD_DELTA).contains(exchange.reply())
                || (words.isNoreply() && exchange.reply().isEmpty());
        return isLoose && rejected ? NOTHING : exchange;
    }

    private static boolean isLoose32(CommandLineWords words, int index) {
        return !words.isStrict32(index, true) && words.isLooseSigned(index);
    }

    private static boolean isLoose64(CommandLineWords words, int index) {
        return !words.isStrict64(index) && words.isLooseUnsigned(index);
    }

    /** The older version requires an exptime before it checks the key. */
    private static Exchange gatWithoutKey(Exchange exchange) {
        CommandLineWords words = CommandLineWords.of(exchange);
        boolean applies = Set.of("gat", "gats").contains(words.command())
                && words.count() < 3
                && exchange.reply().equals(BAD_LINE);
        return applies ? NOTHING : exchange;
    }

    /**
     * The older version also flushes items that are stored in the second before the flush, and restores flushed items that have not been
     * looked up until then. A flush in one second is equivalent to an immediate one.
     */
    private static Exchange flushLater(Exchange exchange) {
        CommandLineWords words = CommandLineWords.of(exchange);
        if (!words.command().equals("flush_all") || !words.isStrict32(1, true)) {
            return exchange;
        }
        long exptime = Long.parseLong(words.get(1));
        if (exptime == 1) {
            return exchange.withRequest("flush_all 0" + (words.isNoreply() ? " noreply" : "") + "\r\n");
        }
        return exptime > 1 ? NOTHING : exchange;
    }

    /** The older version searches for digits, or a minus, beyond the end of the value. */
    private static Exchange blankNumber(Exchange exchange) {
        boolean isLargeWithoutReply =
                exchange.number() == NumberKind.LARGE && exchange.reply().isEmpty();
        return exchange.number() == NumberKind.BLANK ? NOTHING : isLargeWithoutReply ? INCOMPARABLE : exchange;
    }

    /** The older version has another error text, or no error. */
    private static Exchange metaError(Exchange exchange, String commands) {
        String reply = exchange.reply();
        boolean applies = CommandLineWords.of(exchange).command().matches(commands)
                && reply.startsWith("CLIENT_ERROR ")
                && !reply.startsWith("CLIENT_ERROR bad data chunk")
                && !reply.startsWith("CLIENT_ERROR cannot increment");
        if (applies && reply.startsWith("CLIENT_ERROR opaque token too long")) {
            return INCOMPARABLE; // the older version detects it after the execution
        }
        return applies ? NOTHING : exchange;
    }

    /** {@link #metaError} for commands with a flag that matches an expression. */
    private static Exchange metaError(Exchange exchange, String commands, String flag) {
        Pattern pattern = Pattern.compile(flag, Pattern.DOTALL);
        boolean hasFlag = CommandLineWords.of(exchange).all().stream()
                .skip(2)
                .anyMatch(word -> pattern.matcher(word).matches());
        return hasFlag ? metaError(exchange, commands) : exchange;
    }

    private static Exchange metaFlagCount(Exchange exchange) {
        return exchange.reply().equals("CLIENT_ERROR options flags are too long\r\n") ? NOTHING : exchange;
    }

    private static Exchange metaNewFlags(Exchange exchange) {
        CommandLineWords words = CommandLineWords.of(exchange);
        if (!META.contains(words.command())) {
            return exchange;
        }
        String flags = words.all().stream()
                .skip(words.command().equals("ms") ? 3 : 2)
                .map(word -> word.substring(0, 1))
                .collect(Collectors.joining());
        boolean hasOddMode = words.all().stream()
                .skip(2)
                .anyMatch(word -> ODD_MODE.matcher(word).matches());
        String newFlags = switch (words.command()) {
            case "mg" -> "[ExC]";
            case "ms" -> "[ExsN]";
            case "md" -> "[Exs]";
            default -> "[Ex]";
        };
        boolean isQuietVivify = words.command().equals("ma") && flags.contains("q") && flags.contains("N");
        boolean isNew = hasOddMode
                || isQuietVivify
                || Pattern.compile(newFlags).matcher(flags).find();
        return isNew ? INCOMPARABLE : exchange;
    }

    /** The older version returns the exptime as a negative number of seconds. */
    private static Exchange metaExptime(Exchange exchange) {
        boolean applies = exchange.reply().startsWith("ME ");
        return applies ? exchange.withReply(exchange.reply().replaceFirst(" exp=(?=[1-9])", " exp=-")) : exchange;
    }

    /** The older version rejects a line with more than one extra word. It is sent the line without the extra words. */
    private static Exchange extraArguments(Exchange exchange) {
        CommandLineWords words = CommandLineWords.of(exchange);
        int wordsMax = switch (words.command()) {
            case "set", "add", "replace", "append", "prepend" -> 5;
            case "cas" -> 6;
            case "incr", "decr", "touch" -> 3;
            case "flush_all", "verbosity" -> 2;
            default -> Integer.MAX_VALUE - 1;
        };
        if (words.count() <= wordsMax + 1) {
            return exchange;
        }
        boolean hasNoreplyBefore = words.get(wordsMax - 1).equals("noreply") && !words.isNoreply();
        return hasNoreplyBefore ? NOTHING : exchange.withRequest(words.first(wordsMax, exchange));
    }

    private static Exchange noreplyLength(Exchange exchange) {
        CommandLineWords words = CommandLineWords.of(exchange);
        boolean applies = STORAGE.contains(words.command())
                && words.isNoreply()
                && exchange.reply().equals(BAD_LINE);
        return applies ? exchange.withReply("") : exchange;
    }

    /**
     * The older version treats the value of a rejected line as further commands. It is sent only the line, and replies immediately, while
     * the reply of this server follows the value, which may be incomplete.
     */
    private static Exchange swallow(Exchange exchange) {
        CommandLineWords words = CommandLineWords.of(exchange);
        boolean rejected = exchange.reply().equals(BAD_LINE) || exchange.reply().isEmpty();
        if (!rejected || !isBadStorageLine(words)) {
            return exchange;
        }
        Exchange line = exchange.withRequest(exchange.wholeLine());
        return words.isNoreply() ? line : line.withReply(BAD_LINE);
    }

    private static boolean isBadStorageLine(CommandLineWords words) {
        boolean isKeyTooLong = words.get(1).length() > KEY_LENGTH_MAX;
        if (words.command().equals("ms")) {
            return isKeyTooLong;
        }
        return STORAGE.contains(words.command())
                && (isKeyTooLong
                        || !words.isLooseUnsigned(2)
                        || !words.isLooseSigned(3)
                        || (words.command().equals("cas") && !words.isStrict64(5)));
    }

    private static Exchange unknownNoreply(Exchange exchange) {
        CommandLineWords words = CommandLineWords.of(exchange);
        String command = words.command();
        boolean isKnown = STORAGE.contains(command)
                || RETRIEVAL.contains(command)
                || META.contains(command)
                || OTHERS.contains(command);
        boolean applies = !isKnown && words.isNoreply() && exchange.reply().isEmpty() && !exchange.closes();
        return applies ? exchange.withReply(ERROR) : exchange;
    }

    private static Exchange shutdownText(Exchange exchange) {
        boolean applies = CommandLineWords.of(exchange).command().equals("shutdown") && !exchange.closes();
        return applies ? exchange.withReply("ERROR: shutdown not enabled\r\n") : exchange;
    }

    private static Exchange versionNumber(Exchange exchange) {
        boolean applies = CommandLineWords.of(exchange).command().equals("version");
        return applies ? exchange.withReply("VERSION 1.6.18\r\n") : exchange;
    }
}
