package io.github.embeddedmemcached.cache;

import io.github.embeddedmemcached.internal.view.CompressingCodec;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.Function;

/**
 * Codecs for keys and values. Any library that writes objects to bytes is a codec in one line:
 *
 * <pre>{@code
 * Codec<Person> json = Codecs.of(Person.class, mapper::writeValueAsBytes, bytes -> mapper.readValue(bytes, Person.class));
 * }</pre>
 *
 * <p>There is no codec for Java serialization: deserializing bytes that another program may have written, such as a memcached client that
 * shares the cache, can execute code, and serialized objects are large and depend on the version of their class.
 */
public final class Codecs {
    // those of the cache itself are not Functions: linking their lambdas would slow down the start of a server
    private static final Utf8 UTF_8 = new Utf8(true);
    private static final Codec<byte[]> BYTES = new Bytes();

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long EACH_BYTE = 0x0101_0101_0101_0101L;

    private Codecs() {}

    /**
     * Converts an object to bytes.
     *
     * @param <T> the type of the objects
     */
    @FunctionalInterface
    public interface Encoder<T> {
        /**
         * Converts an object to bytes, see {@link Codec#encode}.
         *
         * @param object the object
         * @return its bytes
         * @throws Exception if the object cannot be converted
         */
        byte[] encode(T object) throws Exception;
    }

    /**
     * Converts bytes to an object.
     *
     * @param <T> the type of the objects
     */
    @FunctionalInterface
    public interface Decoder<T> {
        /**
         * Converts bytes to an object, see {@link Codec#decode}.
         *
         * @param bytes the bytes
         * @return the object
         * @throws Exception if the bytes do not represent an object of this type
         */
        T decode(byte[] bytes) throws Exception;
    }

    /**
     * Returns a codec that consists of two functions.
     *
     * @param <T> the type of the objects
     * @param type the type of the objects, for messages
     * @param encoder converts an object to bytes
     * @param decoder converts bytes to an object
     * @return a codec, thread-safe if the functions are
     */
    public static <T> Codec<T> of(Class<T> type, Encoder<? super T> encoder, Decoder<? extends T> decoder) {
        return new Functions<>(type.getName(), Objects.requireNonNull(encoder), Objects.requireNonNull(decoder));
    }

    /**
     * Returns the codec of strings in UTF-8. Bytes that are not valid UTF-8 are rejected.
     *
     * @return the codec
     */
    public static Codec<String> utf8() {
        return UTF_8;
    }

    /**
     * Returns a codec of objects that have a textual form, in UTF-8.
     *
     * @param <T> the type of the objects
     * @param toText returns the text of an object; the same for equal objects
     * @param fromText returns the object of a text
     * @return a codec, thread-safe if the functions are
     */
    public static <T> Codec<T> utf8(Function<? super T, String> toText, Function<String, ? extends T> fromText) {
        Objects.requireNonNull(toText);
        Objects.requireNonNull(fromText);
        return new Functions<>(
                "an object with a textual form",
                object -> UTF_8.encode(toText.apply(object)),
                bytes -> fromText.apply(UTF_8.decode(bytes)));
    }

    /**
     * Returns the codec of byte arrays, which are stored as they are.
     *
     * @return the codec
     */
    public static Codec<byte[]> bytes() {
        return BYTES;
    }

    /**
     * Returns the codec of numbers in decimal, the form of {@link CacheOperations#increment} and of memcached clients. An item that was
     * incremented beyond 2^63 - 1 cannot be decoded.
     *
     * @return the codec
     */
    public static Codec<Long> decimal() {
        return new Functions<>(Long.class.getName(), Codecs::encodeDecimal, Codecs::decodeDecimal);
    }

    /**
     * Returns a codec that compresses what another codec encodes, in the format of {@link java.util.zip.Deflater}, unless it would not
     * become shorter. Compressed values have a header, so that memcached clients cannot read them.
     *
     * @param <T> the type of the objects
     * @param codec the codec of the uncompressed bytes
     * @return a codec of the same objects
     */
    public static <T> Codec<T> compressed(Codec<T> codec) {
        return new CompressingCodec<>(codec);
    }

    /**
     * Returns the bytes of a text in UTF-8.
     *
     * @throws IllegalArgumentException if it contains half of a surrogate pair, which has no bytes, and which the JDK replaces by "?"
     */
    static byte[] encodeUtf8(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (hasQuestionMark(bytes) && !text.equals(new String(bytes, StandardCharsets.UTF_8))) {
            throw new IllegalArgumentException(
                    "the text contains half of a surrogate pair, which UTF-8 cannot represent");
        }
        return bytes;
    }

    /** Returns whether there is a question mark, which may replace a character. Compares eight bytes at a time. */
    private static boolean hasQuestionMark(byte[] bytes) {
        int index = 0;
        for (; index <= bytes.length - Long.BYTES; index += Long.BYTES) {
            long difference = (long) LONG.get(bytes, index) ^ '?' * EACH_BYTE; // a byte of 0 is a question mark
            if ((difference - EACH_BYTE & ~difference & EACH_BYTE << Byte.SIZE - 1) != 0) {
                return true;
            }
        }
        for (; index < bytes.length; index++) {
            if (bytes[index] == '?') {
                return true;
            }
        }
        return false;
    }

    /** Strings in UTF-8. */
    static final class Utf8 implements Codec<String> {
        private final boolean rejectsInvalidBytes;

        Utf8(boolean rejectsInvalidBytes) {
            this.rejectsInvalidBytes = rejectsInvalidBytes;
        }

        @Override
        public byte[] encode(String text) {
            return encodeUtf8(text);
        }

        @Override
        public String decode(byte[] bytes) throws CharacterCodingException {
            return rejectsInvalidBytes ? decodeUtf8(bytes) : new String(bytes, StandardCharsets.UTF_8);
        }

        @Override
        public String typeName() {
            return String.class.getName();
        }
    }

    private static final class Bytes implements Codec<byte[]> {
        @Override
        public byte[] encode(byte[] bytes) {
            return bytes;
        }

        @Override
        public byte[] decode(byte[] bytes) {
            return bytes;
        }

        @Override
        public String typeName() {
            return "byte[]";
        }
    }

    private static final class Functions<T> implements Codec<T> {
        private final String typeName;
        private final Encoder<? super T> encoder;
        private final Decoder<? extends T> decoder;

        Functions(String typeName, Encoder<? super T> encoder, Decoder<? extends T> decoder) {
            this.typeName = typeName;
            this.encoder = encoder;
            this.decoder = decoder;
        }

        @Override
        public String typeName() {
            return typeName;
        }

        @Override
        public byte[] encode(T object) throws Exception {
            return encoder.encode(object);
        }

        @Override
        public T decode(byte[] bytes) throws Exception {
            return decoder.decode(bytes);
        }
    }

    private static String decodeUtf8(byte[] bytes) throws CharacterCodingException {
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.indexOf('\uFFFD') >= 0) { // decoded again, as the text itself may contain this character
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        }
        return text;
    }

    private static byte[] encodeDecimal(Long number) {
        return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
    }

    private static Long decodeDecimal(byte[] bytes) {
        // A decrement pads the number with blanks.
        return Long.valueOf(new String(bytes, StandardCharsets.US_ASCII).stripTrailing());
    }
}
