package io.github.embeddedmemcached.example.recipes;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.github.embeddedmemcached.cache.Codec;
import io.github.embeddedmemcached.cache.Codecs;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Objects;
import java.util.function.Supplier;
import javax.imageio.ImageIO;
import tools.jackson.databind.ObjectMapper;

/** Codecs for values that other libraries convert to bytes. */
final class OtherCodecs {
    private static final int KRYO_BUFFER_BYTES = 256;
    private static final int UNLIMITED = -1;

    private OtherCodecs() {}

    /** Jackson: JSON, or with another mapper CBOR, Smile and so on. */
    static <T> Codec<T> jackson(ObjectMapper mapper, Class<T> type) {
        return Codecs.of(type, mapper::writeValueAsBytes, bytes -> mapper.readValue(bytes, type));
    }

    /** Protocol Buffers: {@code protobuf(Person.class, Person.parser())}. */
    static <T extends MessageLite> Codec<T> protobuf(Class<T> type, Parser<T> parser) {
        return Codecs.of(type, MessageLite::toByteArray, parser::parseFrom);
    }

    /** Kryo, one for each thread because it is not thread-safe: {@code kryo(ThreadLocal.withInitial(...)::get, Person.class)}. */
    static <T> Codec<T> kryo(Supplier<Kryo> kryo, Class<T> type) {
        return Codecs.of(
                type, object -> toBytes(kryo.get(), object), bytes -> kryo.get().readObject(new Input(bytes), type));
    }

    private static byte[] toBytes(Kryo kryo, Object object) {
        Output output = new Output(KRYO_BUFFER_BYTES, UNLIMITED);
        kryo.writeObject(output, object);
        return output.toBytes();
    }

    /** ImageIO: "png", or for images without transparency "jpg". */
    static Codec<BufferedImage> image(String format) {
        return Codecs.of(
                BufferedImage.class,
                image -> toBytes(image, format),
                bytes -> Objects.requireNonNull(ImageIO.read(new ByteArrayInputStream(bytes))));
    }

    private static byte[] toBytes(BufferedImage image, String format) throws IOException {
        var bytes = new ByteArrayOutputStream();
        if (!ImageIO.write(image, format, bytes)) {
            throw new IOException("ImageIO cannot write this image as " + format);
        }
        return bytes.toByteArray();
    }
}
