package io.github.embeddedmemcached.internal.binary;

import io.github.embeddedmemcached.internal.protocol.TranscriptTarget;
import io.github.embeddedmemcached.internal.protocol.Wire;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/*
 * Each line is a packet:
 *
 * > set flags=5 exptime=0 key=a value=some%20text opaque=7 cas=9     a request, with the extras in the order of the protocol
 * < set opaque=7 cas=10                                              a reply, with the fields that are not 0 or empty, in this order:
 *                                                                    status opaque cas extras key value
 * > get key=a bodylen=99                                             a request with an invalid field: magic, keylen, extlen, bodylen
 * > 0x55 key=a                                                       an opcode without a name
 * > raw value=get%20a%0D%0A                                          bytes that are not a packet
 *
 * In keys and values, % is followed by a byte in hexadecimal.
 */

/** The binary protocol as readable lines. It does not use the constants of the server, so that it detects wrong ones. */
public final class BinaryWire implements Wire {
    public static final int HEADER_LENGTH = 24;
    private static final int REQUEST_MAGIC = 0x80;
    private static final int RESPONSE_MAGIC = 0x81;

    private static final String[] NAMES = {
        "get", "set", "add", "replace", "delete", "incr", "decr", "quit",
        "flush", "getq", "noop", "version", "getk", "getkq", "append", "prepend",
        "stat", "setq", "addq", "replaceq", "deleteq", "incrq", "decrq", "quitq",
        "flushq", "appendq", "prependq", "verbosity", "touch", "gat", "gatq", "0x1f",
        "sasl-list", "sasl-auth", "sasl-step", "gatk", "gatkq"
    };

    /** The fields of the extras, and their lengths. */
    private static final Map<String, Integer> EXTRAS =
            Map.of("flags", 4, "exptime", 4, "delta", 8, "initial", 8, "level", 4, "extra", 1);

    private static final Pattern FIELD = Pattern.compile(" (\\w+)=(.*?)(?= \\w+=|$)");
    private static final Pattern ESCAPE = Pattern.compile("%([0-9A-Fa-f]{2})");
    private static final Pattern NOT_PLAIN = Pattern.compile("[^ -$&-~]");

    // Caches: a transcript is played hundreds of times, divided at other offsets.

    private final Map<String, String> encoded = new ConcurrentHashMap<>();

    private final Map<String, String> decoded = new ConcurrentHashMap<>();

    @Override
    public String encode(String lines) {
        return encoded.computeIfAbsent(lines, BinaryWire::packets);
    }

    @Override
    public String decode(String bytes) {
        return decoded.computeIfAbsent(bytes, BinaryWire::lines);
    }

    private static String packets(String lines) {
        StringBuilder bytes = new StringBuilder();
        for (String line : lines.split("\r\n", 0)) {
            bytes.append(new String(packet(line), StandardCharsets.ISO_8859_1));
        }
        return bytes.toString();
    }

    private static byte[] packet(String line) {
        String name = line.split(" ", 2)[0];
        Map<String, String> fields = new LinkedHashMap<>();
        ByteArrayOutputStream extras = new ByteArrayOutputStream();
        Matcher field = FIELD.matcher(line);
        while (field.find()) {
            fields.put(field.group(1), field.group(2));
            Integer length = EXTRAS.get(field.group(1));
            if (length != null) {
                byte[] number = ByteBuffer.allocate(Long.BYTES)
                        .putLong(number(field.group(2)))
                        .array();
                extras.write(number, Long.BYTES - length, length);
            }
        }
        byte[] key = unescape(fields.getOrDefault("key", ""));
        byte[] value = unescape(fields.getOrDefault("value", ""));
        if (name.equals("raw")) {
            return value;
        }
        int bodyLength = extras.size() + key.length + value.length;
        ByteBuffer packet = ByteBuffer.allocate(HEADER_LENGTH + bodyLength);
        packet.put((byte) number(fields.getOrDefault("magic", "" + REQUEST_MAGIC)));
        packet.put((byte) code(name));
        packet.putShort((short) number(fields.getOrDefault("keylen", "" + key.length)));
        packet.put((byte) number(fields.getOrDefault("extlen", "" + extras.size())));
        packet.put((byte) number(fields.getOrDefault("datatype", "0")));
        packet.putShort((short) number(fields.getOrDefault("vbucket", "0")));
        packet.putInt((int) number(fields.getOrDefault("bodylen", "" + bodyLength)));
        packet.putInt((int) number(fields.getOrDefault("opaque", "0")));
        packet.putLong(number(fields.getOrDefault("cas", "0")));
        return packet.put(extras.toByteArray()).put(key).put(value).array();
    }

    private static int code(String name) {
        for (int code = 0; code < NAMES.length; code++) {
            if (NAMES[code].equals(name)) {
                return code;
            }
        }
        return Integer.decode(name);
    }

    private static long number(String text) {
        return text.startsWith("0x") ? Long.parseUnsignedLong(text.substring(2), 16) : Long.parseUnsignedLong(text);
    }

    private static byte[] unescape(String text) {
        return ESCAPE.matcher(text)
                .replaceAll(escape ->
                        Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(escape.group(1), 16))))
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public String receive(TranscriptTarget target, int lines) throws IOException {
        return target.receivePackets(lines);
    }

    /** Returns the number of complete packets. */
    public static int countPackets(CharSequence bytes) {
        int packets = 0;
        int offset = 0;
        while (offset + HEADER_LENGTH <= bytes.length()) {
            int bodyLength = bytes.charAt(offset + 8) << 24
                    | bytes.charAt(offset + 9) << 16
                    | bytes.charAt(offset + 10) << 8
                    | bytes.charAt(offset + 11);
            offset += HEADER_LENGTH + bodyLength;
            packets += offset <= bytes.length() ? 1 : 0;
        }
        return packets;
    }

    private static String lines(String bytes) {
        ByteBuffer rest = ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1));
        StringBuilder lines = new StringBuilder();
        while (rest.hasRemaining()) {
            int start = rest.position();
            if (rest.remaining() < HEADER_LENGTH
                    || rest.get(start) != (byte) RESPONSE_MAGIC
                    || rest.remaining() < HEADER_LENGTH + rest.getInt(start + 8)) {
                return lines + "invalid packet: " + bytes.substring(start);
            }
            lines.append(reply(rest)).append("\r\n");
        }
        return lines.toString();
    }

    private static String reply(ByteBuffer packet) {
        int start = packet.position();
        int code = packet.get(start + 1) & 0xFF;
        String name = code < NAMES.length ? NAMES[code] : "0x" + Integer.toHexString(code);
        byte[] extras = new byte[packet.get(start + 4) & 0xFF];
        byte[] key = new byte[packet.getShort(start + 2) & 0xFFFF];
        byte[] value = new byte[packet.getInt(start + 8) - extras.length - key.length];
        packet.position(start + HEADER_LENGTH).get(extras).get(key).get(value);

        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("datatype", number(packet.get(start + 5)));
        fields.put("status", number(packet.getShort(start + 6) & 0xFFFF));
        fields.put("opaque", number(Integer.toUnsignedLong(packet.getInt(start + 12))));
        fields.put("cas", number(packet.getLong(start + 16)));
        if (extras.length == Integer.BYTES) {
            fields.put("flags", Integer.toUnsignedString(ByteBuffer.wrap(extras).getInt()));
        } else {
            fields.put("extras", escape(extras));
        }
        fields.put("key", escape(key));
        boolean isArithmetic = name.startsWith("incr") || name.startsWith("decr");
        if (isArithmetic && value.length == Long.BYTES) {
            fields.put("number", Long.toUnsignedString(ByteBuffer.wrap(value).getLong()));
        } else {
            fields.put("value", escape(value));
        }
        StringBuilder line = new StringBuilder(name);
        fields.forEach((field, text) -> line.append(text.isEmpty() ? "" : " " + field + "=" + text));
        return line.toString();
    }

    private static String number(long number) {
        return number == 0 ? "" : Long.toUnsignedString(number);
    }

    private static String escape(byte[] bytes) {
        return NOT_PLAIN
                .matcher(new String(bytes, StandardCharsets.ISO_8859_1))
                .replaceAll(match -> String.format("%%%02X", (int) match.group().charAt(0)));
    }
}
