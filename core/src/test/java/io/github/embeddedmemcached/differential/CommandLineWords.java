package io.github.embeddedmemcached.differential;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The words of a command line of the text protocol.
 *
 * @param line the line without its line end
 * @param all the first words of the line
 */
record CommandLineWords(String line, List<String> all) {
    private static final int WORDS_MAX = 23;
    private static final int DIGITS_32_MAX = 11;
    private static final int DIGITS_64_MAX = 22;
    private static final Pattern STRICT_SIGNED = Pattern.compile("-?\\d+");
    private static final Pattern STRICT_UNSIGNED = Pattern.compile("\\d+");
    private static final Pattern LOOSE = Pattern.compile("[\\t-\\r]*([+-]?\\d+)([\\t-\\r].*)?", Pattern.DOTALL);

    static CommandLineWords of(Exchange exchange) {
        String line = exchange.line();
        return new CommandLineWords(
                line,
                Arrays.stream(line.split(" "))
                        .filter(word -> !word.isEmpty())
                        .limit(WORDS_MAX)
                        .toList());
    }

    String command() {
        return line.startsWith(" ") || all.isEmpty() ? "" : all.get(0);
    }

    int count() {
        return all.size();
    }

    String get(int index) {
        return index >= 0 && index < all.size() ? all.get(index) : "";
    }

    boolean isNoreply() {
        return get(all.size() - 1).equals("noreply");
    }

    /** Returns the request with only the first words of its line, and noreply if the line has it. */
    String first(int count, Exchange exchange) {
        return String.join(" ", all.subList(0, count)) + (isNoreply() ? " noreply" : "") + "\r\n"
                + exchange.request().substring(exchange.wholeLine().length());
    }

    boolean isStrict32(int index, boolean signed) {
        String word = get(index);
        return word.length() <= DIGITS_32_MAX
                && (signed ? STRICT_SIGNED : STRICT_UNSIGNED).matcher(word).matches()
                && new BigInteger(word).bitLength() <= (signed ? 31 : 32);
    }

    boolean isStrict64(int index) {
        String word = get(index);
        return word.length() <= DIGITS_64_MAX
                && STRICT_UNSIGNED.matcher(word).matches()
                && new BigInteger(word).bitLength() <= 64;
    }

    /** Returns whether C's strtol accepts the word. */
    boolean isLooseSigned(int index) {
        var matcher = LOOSE.matcher(get(index));
        return matcher.matches() && number(matcher.group(1)).bitLength() <= 63;
    }

    /** Returns whether C's strtoul accepts the word. Values of 2^63 or more are not accepted if the word contains a minus. */
    boolean isLooseUnsigned(int index) {
        var matcher = LOOSE.matcher(get(index));
        if (!matcher.matches() || number(matcher.group(1)).abs().bitLength() > 64) {
            return false;
        }
        return number(matcher.group(1)).longValue() >= 0 || get(index).indexOf('-') < 0;
    }

    private static BigInteger number(String digits) {
        return new BigInteger(digits);
    }
}
