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
 * What the older memcached that is installed, 1.6.18, does otherwise than 1.6.45, whose behaviour is ours: the one place where
 * differences are let pass. A rule has the name under which {@code transcripts/differences.txt} gives the reason. It looks at a
 * request and at our answer, and says what the older one is asked or has to answer instead; or that it isn't asked at all, where
 * we do nothing but refuse.
 */
final class OlderMemcached {
    /** Isn't asked. */
    private static final Exchange NOTHING = new Exchange(Wire.TEXT, "", "");

    /** What it does is unlike anything that the older one can be asked: what follows can't be compared. */
    static final Exchange INCOMPARABLE = new Exchange(Wire.TEXT, "", "");

    private static final String BAD_LINE = "CLIENT_ERROR bad command line format\r\n";
    private static final String BAD_EXPTIME = "CLIENT_ERROR invalid exptime argument\r\n";
    private static final String BAD_DELTA = "CLIENT_ERROR invalid numeric delta argument\r\n";
    private static final String ERROR = "ERROR\r\n";
    private static final int LINE_LENGTH_MIN = 4;
    private static final int KEY_LENGTH_MAX = 250;

    private static final Set<String> STORAGE = Set.of("set", "add", "replace", "append", "prepend", "cas");
    private static final Set<String> FETCHING = Set.of("get", "gets", "gat", "gats");
    private static final Set<String> META = Set.of("mg", "ms", "md", "ma", "me", "mn");
    private static final Set<String> OTHERS =
            Set.of("delete", "incr", "decr", "touch", "flush_all", "version", "verbosity", "stats", "shutdown", "quit");

    private static final long BODY_LENGTH_MAX = 1 << 30;

    /** A key that is longer is not even refused: the older one closes the connection. */
    private static final int BUFFER_LENGTH = 8 << 10;

    private static final int UNKNOWN_STATUS = 0x81;
    private static final int VERSION_OPCODE = 0x0b;
    private static final int VERBOSITY_OPCODE = 0x1b;
    private static final Set<Integer> FLUSH_OPCODES = Set.of(0x08, 0x18);

    /** stat touch gat gatq gatk gatkq */
    private static final Set<Integer> MORE_BODY_OPCODES = Set.of(0x10, 0x1c, 0x1d, 0x1e, 0x23, 0x24);

    private static final Pattern ODD_MODE = Pattern.compile("M|M\\x1f|M.{2,}", Pattern.DOTALL);

    /** Stands for a NUL where there must be none. */
    private static final char INSTEAD_OF_NUL = 0x1f;

    private static final Pattern OPAQUE = Pattern.compile("(?<= )O[^ ]*");

    /** A difference. Applies to every exchange, and returns it as it is where there is none. */
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

    /** What to ask an older memcached instead, and what it answers; an empty request is not to be sent. */
    static Exchange translated(Exchange exchange) {
        if (exchange.wire() == Wire.BINARY) {
            return exchange.request().length() >= Packet.HEADER_LENGTH ? packet(exchange) : exchange;
        }
        Exchange translated = exchange;
        for (Rule rule : RULES) {
            if (!translated.request().isEmpty()) { // neither of the two above
                translated = rule.translation().apply(translated);
            }
        }
        return translated;
    }

    // The binary protocol: binary-transcripts/differences.txt gives the reasons.

    private static Exchange packet(Exchange exchange) {
        Packet request = new Packet(exchange.request());
        boolean refused =
                exchange.answer().length() >= Packet.HEADER_LENGTH && new Packet(exchange.answer()).status() != 0;
        int status = refused ? new Packet(exchange.answer()).status() : 0;
        if (exchange.number() == NumberKind.BLANK || request.opcode() == VERBOSITY_OPCODE) {
            return exchange.closes() ? INCOMPARABLE : NOTHING;
        }
        if (request.bodyLength() > BODY_LENGTH_MAX || request.keyLength() + request.extrasLength() > BUFFER_LENGTH) {
            return INCOMPARABLE; // huge-body
        }
        if (status == UNKNOWN_STATUS && request.bodyLength() > 0 && !exchange.closes()) {
            return NOTHING; // unknown-body
        }
        if (exchange.closes() && refused && MORE_BODY_OPCODES.contains(request.opcode())) {
            return INCOMPARABLE; // touch-body
        }
        if (FLUSH_OPCODES.contains(request.opcode())
                && exchange.isWholePacket()
                && request.extrasLength() > 0
                && !request.extras().equals("\0\0\0\0")) {
            return INCOMPARABLE; // flush-later
        }
        return request.opcode() == VERSION_OPCODE
                ? exchange.withAnswer(exchange.answer().replace(MemcachedVersion.TEXT, "1.6.18"))
                : exchange;
    }

    /** Whether a number is none because there is a minus somewhere behind it, where nobody should look. */
    static boolean isMinusBehind(Exchange exchange, String answer) {
        return exchange.number() == NumberKind.LARGE && answer.contains("on-numeric");
    }

    // The text protocol.

    /** The line would end there for it. */
    private static Exchange nul(Exchange exchange) {
        String line = exchange.wholeLine();
        if (line.indexOf('\0') < 0) {
            return exchange;
        }
        String value = exchange.request().substring(line.length());
        Exchange translated = exchange.withRequest(line.replace('\0', INSTEAD_OF_NUL) + value);
        CommandLineWords words = CommandLineWords.of(exchange);
        String command = words.command();
        if (META.contains(command)) {
            int lineEnd = exchange.answer().indexOf('\n') + 1;
            String header = exchange.answer().substring(0, lineEnd);
            boolean hasBinaryKey = words.all().stream().skip(2).anyMatch(word -> word.startsWith("b"));
            // what a key in base64 stands for may contain one that was not in the line
            String expected = hasBinaryKey
                    ? OPAQUE.matcher(header).replaceAll(opaque -> Matcher.quoteReplacement(withoutNul(opaque.group())))
                    : withoutNul(header);
            return translated.withAnswer(expected + exchange.answer().substring(lineEnd));
        }
        return FETCHING.contains(command)
                ? translated.withAnswer(ExpectedAnswers.mapHeaders(exchange.answer(), OlderMemcached::withoutNul))
                : translated;
    }

    private static String withoutNul(String text) {
        return text.replace('\0', INSTEAD_OF_NUL);
    }

    private static Exchange shortLine(Exchange exchange) {
        boolean applies = exchange.wholeLine().length() < LINE_LENGTH_MIN
                && exchange.answer().equals(BAD_LINE);
        if (applies && META.contains(exchange.line())) {
            return NOTHING;
        }
        return applies ? exchange.withAnswer(ERROR) : exchange;
    }

    /** We refuse it, the older one does what it says. */
    private static Exchange leadingSpace(Exchange exchange) {
        boolean applies = exchange.line().startsWith(" ")
                && exchange.wholeLine().length() >= LINE_LENGTH_MIN
                && !exchange.closes()
                && (exchange.answer().equals(ERROR)
                        || CommandLineWords.of(exchange).isNoreply());
        return applies ? NOTHING : exchange;
    }

    /** The older one closes the connection for a first word alone, and not after some first words that are no commands. */
    private static Exchange httpWord(Exchange exchange) {
        CommandLineWords words = CommandLineWords.of(exchange);
        if (exchange.closes()
                && words.count() > 1
                && words.get(words.count() - 1).startsWith("HTTP/")) {
            return exchange.withRequest("GET / HTTP/1.1\r\n");
        }
        boolean applies = words.count() == 1
                && words.command().startsWith("HTTP/")
                && exchange.answer().equals(ERROR);
        return applies ? NOTHING : exchange;
    }

    private static Exchange bget(Exchange exchange) {
        return CommandLineWords.of(exchange).command().equals("bget") && !exchange.closes() ? NOTHING : exchange;
    }

    private static Exchange tooFewArguments(Exchange exchange) {
        CommandLineWords words = CommandLineWords.of(exchange);
        boolean applies =
                words.count() < leastWords(words.command()) && exchange.answer().equals(BAD_LINE);
        return applies ? exchange.withRequest(exchange.wholeLine()).withAnswer(ERROR) : exchange;
    }

    private static int leastWords(String command) {
        return switch (command) {
            case "set", "add", "replace", "append", "prepend" -> 5;
            case "cas" -> 6;
            case "incr", "decr", "touch" -> 3;
            case "mg", "ms", "md", "ma", "delete", "verbosity", "get", "gets" -> 2;
            default -> 0;
        };
    }

    /** The same in a flag of a meta command. */
    private static Exchange looseFlag(Exchange exchange) {
        return metaError(exchange, "mg|ms", "[TNRCEFDJ].*");
    }

    /** A number that we refuse, and the older one reads as C does: with a sign, with zeros before it, cut to 32 bits. */
    private static Exchange looseNumber(Exchange exchange) {
        CommandLineWords words = CommandLineWords.of(exchange);
        boolean isOther = switch (words.command()) {
            case "set", "add", "replace", "append", "prepend" -> isLoose32(words, 4);
            case "ms" -> isLoose32(words, 2);
            case "cas" -> isLoose32(words, 4) || isLoose64(words, 5);
            case "incr", "decr" -> isLoose64(words, 2);
            case "touch" -> isLoose32(words, 2);
            case "gat", "gats", "flush_all" -> isLoose32(words, 1);
            case "verbosity" -> !words.isStrict32(1, false) && words.isLooseUnsigned(1);
            default -> false;
        };
        boolean refused = Set.of(BAD_LINE, BAD_EXPTIME, BAD_DELTA).contains(exchange.answer())
                || (words.isNoreply() && exchange.answer().isEmpty());
        return isOther && refused ? NOTHING : exchange;
    }

    private static boolean isLoose32(CommandLineWords words, int index) {
        return !words.isStrict32(index, true) && words.isLooseSigned(index);
    }

    private static boolean isLoose64(CommandLineWords words, int index) {
        return !words.isStrict64(index) && words.isLooseUnsigned(index);
    }

    /** The older one needs an exptime. */
    private static Exchange gatWithoutKey(Exchange exchange) {
        CommandLineWords words = CommandLineWords.of(exchange);
        boolean applies = Set.of("gat", "gats").contains(words.command())
                && words.count() < 3
                && exchange.answer().equals(BAD_LINE);
        return applies ? NOTHING : exchange;
    }

    /**
     * What is stored in the second before the flush goes too; and what was flushed earlier and not come upon since lives again until
     * then. The second that begins now has begun.
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

    /** The older one looks for digits, or a minus, behind the value's end. */
    private static Exchange blankNumber(Exchange exchange) {
        boolean isSilentLarge =
                exchange.number() == NumberKind.LARGE && exchange.answer().isEmpty();
        return exchange.number() == NumberKind.BLANK ? NOTHING : isSilentLarge ? INCOMPARABLE : exchange;
    }

    /** The older one has other words for what is wrong, or finds nothing wrong. */
    private static Exchange metaError(Exchange exchange, String commands) {
        String answer = exchange.answer();
        boolean applies = CommandLineWords.of(exchange).command().matches(commands)
                && answer.startsWith("CLIENT_ERROR ")
                && !answer.startsWith("CLIENT_ERROR bad data chunk")
                && !answer.startsWith("CLIENT_ERROR cannot increment");
        if (applies && answer.startsWith("CLIENT_ERROR opaque token too long")) {
            return INCOMPARABLE; // that is noticed when the work is done
        }
        return applies ? NOTHING : exchange;
    }

    /** The same where one of the flags is of a kind. */
    private static Exchange metaError(Exchange exchange, String commands, String flag) {
        Pattern pattern = Pattern.compile(flag, Pattern.DOTALL);
        boolean isThere = CommandLineWords.of(exchange).all().stream()
                .skip(2)
                .anyMatch(word -> pattern.matcher(word).matches());
        return isThere ? metaError(exchange, commands) : exchange;
    }

    private static Exchange metaFlagCount(Exchange exchange) {
        return exchange.answer().equals("CLIENT_ERROR options flags are too long\r\n") ? NOTHING : exchange;
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

    /** The older one counts to now, and not from it. */
    private static Exchange metaExptime(Exchange exchange) {
        boolean applies = exchange.answer().startsWith("ME ");
        return applies ? exchange.withAnswer(exchange.answer().replaceFirst(" exp=(?=[1-9])", " exp=-")) : exchange;
    }

    /** The older one refuses a line that has more than one word too many: it is asked without them. */
    private static Exchange extraArguments(Exchange exchange) {
        CommandLineWords words = CommandLineWords.of(exchange);
        int most = switch (words.command()) {
            case "set", "add", "replace", "append", "prepend" -> 5;
            case "cas" -> 6;
            case "incr", "decr", "touch" -> 3;
            case "flush_all", "verbosity" -> 2;
            default -> Integer.MAX_VALUE - 1;
        };
        if (words.count() <= most + 1) {
            return exchange;
        }
        boolean isSilenced = words.get(most - 1).equals("noreply") && !words.isNoreply();
        return isSilenced ? NOTHING : exchange.withRequest(words.first(most, exchange));
    }

    private static Exchange noreplyLength(Exchange exchange) {
        CommandLineWords words = CommandLineWords.of(exchange);
        boolean applies = STORAGE.contains(words.command())
                && words.isNoreply()
                && exchange.answer().equals(BAD_LINE);
        return applies ? exchange.withAnswer("") : exchange;
    }

    /**
     * The older one reads the value of a line that it refused as further commands, and so is sent the line only. It refuses the
     * line at once, where the reply here follows the value, which may be incomplete.
     */
    private static Exchange swallow(Exchange exchange) {
        CommandLineWords words = CommandLineWords.of(exchange);
        boolean refused =
                exchange.answer().equals(BAD_LINE) || exchange.answer().isEmpty();
        if (!refused || !isBadStorageLine(words)) {
            return exchange;
        }
        Exchange line = exchange.withRequest(exchange.wholeLine());
        return words.isNoreply() ? line : line.withAnswer(BAD_LINE);
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
                || FETCHING.contains(command)
                || META.contains(command)
                || OTHERS.contains(command);
        boolean applies = !isKnown && words.isNoreply() && exchange.answer().isEmpty() && !exchange.closes();
        return applies ? exchange.withAnswer(ERROR) : exchange;
    }

    private static Exchange shutdownText(Exchange exchange) {
        boolean applies = CommandLineWords.of(exchange).command().equals("shutdown") && !exchange.closes();
        return applies ? exchange.withAnswer("ERROR: shutdown not enabled\r\n") : exchange;
    }

    private static Exchange versionNumber(Exchange exchange) {
        boolean applies = CommandLineWords.of(exchange).command().equals("version");
        return applies ? exchange.withAnswer("VERSION 1.6.18\r\n") : exchange;
    }
}
