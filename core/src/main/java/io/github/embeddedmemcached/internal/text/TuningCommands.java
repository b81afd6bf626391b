package io.github.embeddedmemcached.internal.text;

import static io.github.embeddedmemcached.internal.wire.AsciiNumbers.INVALID;

import io.github.embeddedmemcached.internal.engine.statistics.SlabClasses;
import io.github.embeddedmemcached.internal.line.ClassSet;
import io.github.embeddedmemcached.internal.line.Reply;
import io.github.embeddedmemcached.internal.session.Tuning;
import io.github.embeddedmemcached.internal.wire.AsciiNumbers;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Executes the commands that tune memcached's LRU, crawler, slabs and flash tier. Their values are stored in {@link Tuning}
 * and shown by {@code stats settings}. The arguments are checked as in memcached. The parameter {@code words} contains the
 * words after the command name.
 */
final class TuningCommands {
    private static final int HOT_AND_WARM_PERCENT_MAX = 80;
    private static final int SLEEP_MICROS_MAX = 1_000_000;
    private static final int AUTOMOVE_MAX = 2;
    private static final int AUTOMOVE_WINDOW_MIN = 3;
    private static final int AUTOMOVE_WINDOW_MAX = 1800;

    private static final String DECIMAL = "[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d{1,3})?";

    private static final Set<String> EXTSTORE_WORDS = Set.of(
            "item_size",
            "item_age",
            "low_ttl",
            "recache_rate",
            "compact_under",
            "drop_under",
            "max_sleep",
            "drop_unread");

    private final Tuning tuning;

    TuningCommands(Tuning tuning) {
        this.tuning = tuning;
    }

    // lru tune <hot percent> <warm percent> <hot factor> <warm factor>
    // lru mode flat|segmented
    // lru temp_ttl <seconds>
    Reply lru(List<String> words) {
        if (words.size() < 2) {
            return Reply.ERROR;
        }
        String argument = words.get(1);
        return switch (words.get(0)) {
            case "tune" -> words.size() < 5 ? Reply.ERROR : tune(words);
            case "mode" -> {
                boolean segmented = argument.equals("segmented");
                if (!segmented && !argument.equals("flat")) {
                    yield Reply.ERROR;
                }
                tuning.segmented = segmented;
                yield Reply.OK;
            }
            case "temp_ttl" -> {
                long seconds = AsciiNumbers.strictInt32(argument);
                if (seconds == INVALID) {
                    yield Reply.ERROR;
                }
                tuning.temporaryLru = seconds >= 0;
                if (seconds >= 0) {
                    tuning.temporaryTtlSeconds = seconds;
                }
                yield Reply.OK;
            }
            default -> Reply.ERROR;
        };
    }

    private Reply tune(List<String> words) {
        long hot = AsciiNumbers.strictUint32(words.get(1));
        long warm = AsciiNumbers.strictUint32(words.get(2));
        OptionalDouble hotFactor = decimal(words.get(3));
        OptionalDouble warmFactor = decimal(words.get(4));
        if (hot == INVALID || warm == INVALID || hotFactor.isEmpty() || warmFactor.isEmpty()) {
            return Reply.ERROR;
        }
        if (hot + warm > HOT_AND_WARM_PERCENT_MAX) {
            return Reply.BAD_LRU_PERCENT;
        }
        if (hotFactor.getAsDouble() <= 0 || warmFactor.getAsDouble() <= 0) {
            return Reply.BAD_LRU_FACTOR;
        }
        tuning.hotPercent = hot;
        tuning.warmPercent = warm;
        tuning.hotFactor = hotFactor.getAsDouble();
        tuning.warmFactor = warmFactor.getAsDouble();
        return Reply.OK;
    }

    // enable|disable, sleep <microseconds>, tocrawl <items>
    Reply crawler(List<String> words) {
        if (words.size() == 1) {
            return crawlerSwitch(words.get(0));
        }
        if (words.size() != 2 || !Set.of("sleep", "tocrawl").contains(words.get(0))) {
            return Reply.ERROR;
        }
        long number = AsciiNumbers.strictUint32(words.get(1));
        if (number == INVALID) {
            return Reply.BAD_LINE;
        }
        if (words.get(0).equals("tocrawl")) {
            tuning.crawlerToCrawl = number;
        } else if (number > SLEEP_MICROS_MAX) {
            return Reply.BAD_CRAWLER_SLEEP;
        } else {
            tuning.crawlerSleepMicros = number;
        }
        return Reply.OK;
    }

    private Reply crawlerSwitch(String word) {
        if (word.equals("enable") && tuning.lruCrawler) {
            return Reply.CRAWLER_ALREADY_ON;
        }
        if (!word.equals("enable") && !word.equals("disable")) {
            return Reply.ERROR;
        }
        tuning.lruCrawler = word.equals("enable");
        return Reply.OK;
    }

    // slabs reassign <class> <class>
    // slabs automove 0|1|2, slabs automove window|ratio|freeratio <number>
    Reply slabs(List<String> words) {
        if (words.size() == 3 && words.get(0).equals("reassign")) {
            return reassign(AsciiNumbers.strictInt32(words.get(1)), AsciiNumbers.strictInt32(words.get(2)));
        }
        return words.size() >= 2 && words.get(0).equals("automove") ? automove(words) : Reply.ERROR;
    }

    /** Checks the arguments only: this server has no slabs, so the reply to a valid command is that there is none to spare. */
    private static Reply reassign(long source, long destination) {
        if (source == INVALID || destination == INVALID) {
            return Reply.BAD_LINE;
        }
        if (source == destination) {
            return Reply.SLABS_SAME;
        }
        boolean isValid = Math.min(source, destination) >= 0 && Math.max(source, destination) <= SlabClasses.count();
        return isValid ? Reply.SLABS_NONE_TO_SPARE : Reply.BAD_SLAB_CLASS;
    }

    private Reply automove(List<String> words) {
        String word = words.get(1);
        if (word.equals("window")) {
            return automoveWindow(words);
        }
        if (word.equals("ratio") || word.equals("freeratio")) {
            OptionalDouble ratio = words.size() < 3 ? OptionalDouble.empty() : decimal(words.get(2));
            if (ratio.isEmpty()) {
                return Reply.ERROR;
            }
            if (word.equals("ratio")) {
                tuning.automoveRatio = ratio.getAsDouble();
            } else {
                tuning.automoveFreeRatio = ratio.getAsDouble();
            }
            return Reply.OK;
        }
        long level = AsciiNumbers.strictUint32(word);
        if (level == INVALID) {
            return Reply.BAD_LINE;
        }
        if (level > AUTOMOVE_MAX) {
            return Reply.ERROR;
        }
        tuning.automove = level;
        return Reply.OK;
    }

    private Reply automoveWindow(List<String> words) {
        long window = words.size() < 3 ? INVALID : AsciiNumbers.strictUint32(words.get(2));
        if (window == INVALID) {
            return Reply.BAD_LINE;
        }
        if (window < AUTOMOVE_WINDOW_MIN || window > AUTOMOVE_WINDOW_MAX) {
            return Reply.BAD_AUTOMOVE_WINDOW;
        }
        tuning.automoveWindow = window;
        return Reply.OK;
    }

    // extstore free_memchunks <class> <number>
    // extstore max_frag <ratio>
    // extstore <setting> <number>
    Reply extstore(List<String> words) {
        if (words.size() < 2) {
            return Reply.ERROR;
        }
        long number = AsciiNumbers.strictUint32(words.get(1));
        boolean isValid = switch (words.get(0)) {
            case "free_memchunks" ->
                words.size() > 2
                        && number != INVALID
                        && number < ClassSet.ID_END
                        && AsciiNumbers.strictUint32(words.get(2)) != INVALID;
            case "max_frag" -> decimal(words.get(1)).isPresent();
            default -> EXTSTORE_WORDS.contains(words.get(0)) && number != INVALID;
        };
        return isValid ? Reply.OK : Reply.ERROR;
    }

    private static OptionalDouble decimal(String word) {
        return word.matches(DECIMAL) ? OptionalDouble.of(Double.parseDouble(word)) : OptionalDouble.empty();
    }
}
