package io.github.embeddedmemcached.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Generates random requests of the binary protocol with a small set of keys. Some are malformed. */
final class BinaryGenerator {
    private static final int COMMANDS_MAX = 24;
    private static final String MAGIC = "\u0080";

    private static final String[] KEYS = {"a", "b", "c"};
    private static final String[] ODD_KEYS = {"k".repeat(250), "k".repeat(251), "\0", "a b", "\r\n", "\u0080\u00ff", ""
    };
    private static final String[] VALUES = {
        "0",
        "1",
        "9",
        "10",
        "99",
        "18446744073709551615",
        "5 ",
        " 5",
        "-0",
        "x5",
        "5x",
        "",
        "hello",
        "get a\r\n",
        "\u0080\0\0\0"
    };

    private static final long[] EXPTIMES = {0, 0, 0, 0, 100_000, 2_592_000, 1_000_000_000, 2_147_483_647, 0xFFFF_FFFFL};
    private static final long[] NUMBERS = {0, 1, 1, 5, 10, 99, -1, Long.MIN_VALUE, Long.MAX_VALUE};
    private static final long[] FLAGS = {0, 0, 0, 1, 5, 0xFFFF_FFFFL};
    private static final int[] LENGTHS = {1000, 16_300, 16_384, 17_000};

    // Opcodes. Frequent ones are repeated.
    private static final int[] GET_OPCODES = {0x00, 0x00, 0x0c, 0x09, 0x0d};

    private static final int[] TOUCH_OPCODES = {0x1c, 0x1d, 0x1e, 0x23, 0x24};
    private static final int[] STORE_OPCODES = {0x01, 0x01, 0x01, 0x02, 0x03, 0x11, 0x12, 0x13};
    private static final int[] CONCATENATION_OPCODES = {0x0e, 0x0f, 0x19, 0x1a};
    private static final int[] ARITHMETIC_OPCODES = {0x05, 0x06, 0x05, 0x06, 0x15, 0x16};

    private final RandomChoices choices;

    BinaryGenerator(Random random) {
        choices = new RandomChoices(random);
    }

    List<String> commands() {
        List<String> commands = new ArrayList<>();
        for (int i = choices.below(COMMANDS_MAX); i >= 0; i--) {
            int kind = choices.below(100);
            if (kind < 92) {
                commands.add(valid());
            } else if (kind < 97) {
                commands.add(packet(choices.below(64), choices.bytes(4 * choices.below(6)), key(), value(), cas()));
            } else {
                commands.add(mutated(valid()));
            }
        }
        return commands;
    }

    private String valid() {
        return switch (choices.below(16)) {
            case 0, 1, 2 -> packet(of(GET_OPCODES), "", key(), "", "");
            case 3, 4, 5, 6 -> packet(of(STORE_OPCODES), int32(of(FLAGS)) + int32(of(EXPTIMES)), key(), value(), cas());
            case 7, 8 -> packet(of(CONCATENATION_OPCODES), "", key(), value(), cas());
            case 9, 10, 11 ->
                packet(
                        of(ARITHMETIC_OPCODES),
                        int64(of(NUMBERS)) + int64(of(NUMBERS)) + int32(deltaExptime()),
                        key(),
                        "",
                        cas());
            case 12 -> packet(of(TOUCH_OPCODES), int32(of(EXPTIMES)), key(), "", "");
            case 13 -> packet(choices.of(List.of(0x04, 0x14)), "", key(), "", cas());
            case 14 ->
                choices.oneIn(4)
                        ? packet(choices.of(List.of(0x08, 0x18)), choices.of("", int32(0)), "", "", "")
                        : noop();
            default -> choices.oneIn(3) ? other() : noop();
        };
    }

    private String other() {
        return switch (choices.below(5)) {
            case 0 -> packet(choices.of(List.of(0x07, 0x17)), "", "", "", "");
            case 1 -> packet(0x0b, "", "", "", "");
            case 2 -> packet(0x10, "", choices.of("reset", "nonsense"), "", "");
            case 3 -> packet(choices.of(List.of(0x20, 0x30, 0x1f, 0xff)), "", "", "", "");
            default -> packet(choices.of(List.of(0x21, 0x22)), "", "PLAIN", "\0a\0b", "");
        };
    }

    private String noop() {
        return packet(0x0a, "", "", "", "");
    }

    private String key() {
        return choices.oneIn(25) ? choices.of(ODD_KEYS) : choices.of(KEYS);
    }

    private String value() {
        return choices.oneIn(30) ? "x".repeat(LENGTHS[choices.below(LENGTHS.length)]) : choices.of(VALUES);
    }

    private String cas() {
        return choices.oneIn(3)
                ? choices.of(
                        String.valueOf(Conversation.LAST_CAS),
                        String.valueOf(Conversation.LAST_CAS),
                        String.valueOf(Conversation.FIRST_CAS),
                        int64(999_999_999_999L))
                : "";
    }

    private long deltaExptime() {
        return choices.oneIn(2) ? 0xFFFF_FFFFL : of(EXPTIMES);
    }

    /** Changes a byte of the header, removes the last byte, or adds a byte. */
    private String mutated(String packet) {
        int index = choices.below(Math.min(packet.length(), 16));
        return switch (choices.below(4)) {
            case 0, 1 -> packet.substring(0, index) + choices.bytes(1) + packet.substring(index + 1);
            case 2 -> packet.substring(0, packet.length() - 1);
            default -> packet + choices.bytes(1);
        };
    }

    // magic 1, opcode 1, key length 2, extras length 1, data type 1, vbucket 2, body length 4, opaque 4, cas 8, extras,
    // key, value
    private String packet(int opcode, String extras, String key, String value, String cas) {
        return MAGIC + (char) opcode + int32(key.length()).substring(2) + (char) extras.length() + "\0\0\0"
                + int32(extras.length() + key.length() + value.length()) + choices.bytes(4)
                + (cas.isEmpty() ? int64(0) : cas) + extras + key + value;
    }

    private static String int32(long value) {
        return int64(value).substring(4);
    }

    private static String int64(long value) {
        StringBuilder bytes = new StringBuilder();
        for (int shift = 56; shift >= 0; shift -= 8) {
            bytes.append((char) (value >>> shift & 0xFF));
        }
        return bytes.toString();
    }

    private int of(int[] values) {
        return values[choices.below(values.length)];
    }

    private long of(long[] values) {
        return values[choices.below(values.length)];
    }
}
