package io.github.embeddedmemcached.junit;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses numbers with a unit in annotations: {@code 16MB}, {@code 30s}. */
final class Quantity {
    private static final Pattern BYTES = Pattern.compile("(\\d+)\\s*([kmg]?)(i?b)?", Pattern.CASE_INSENSITIVE);
    private static final Pattern DURATION = Pattern.compile("(\\d+)\\s*(ms|s|m|h)", Pattern.CASE_INSENSITIVE);

    private Quantity() {}

    /** Parses a number of bytes: {@code 16m}, {@code 16MB}, {@code 16 MiB}, {@code 16777216}. */
    static long bytes(String setting, String text) {
        Matcher matcher = BYTES.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(setting
                    + " must be a number of bytes, optionally with k, m or g such as \"16m\": \"" + text + "\"");
        }
        long unit = switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
            case "k" -> 1L << 10;
            case "m" -> 1L << 20;
            case "g" -> 1L << 30;
            default -> 1;
        };
        try {
            return Math.multiplyExact(Long.parseLong(matcher.group(1)), unit);
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException(setting + " is too large: \"" + text + "\"", e);
        }
    }

    /**
     * Parses a number of bytes in a range.
     *
     * @param range the range for the error message: {@code 1k to 1g}
     */
    static long bytes(String setting, String text, long min, long max, String range) {
        long bytes = bytes(setting, text);
        if (bytes < min || bytes > max) {
            throw new IllegalArgumentException(setting + " must be " + range + ": \"" + text + "\"");
        }
        return bytes;
    }

    /** Parses a duration: {@code 500ms}, {@code 30s}, {@code 2m}, {@code 1h}. */
    static Duration duration(String setting, String text) {
        Matcher matcher = DURATION.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    setting + " must be a number with ms, s, m or h such as \"30s\": \"" + text + "\"");
        }
        try {
            long number = Long.parseLong(matcher.group(1));
            return switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
                case "ms" -> Duration.ofMillis(number);
                case "s" -> Duration.ofSeconds(number);
                case "m" -> Duration.ofMinutes(number);
                default -> Duration.ofHours(number);
            };
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException(setting + " is too large: \"" + text + "\"", e);
        }
    }
}
