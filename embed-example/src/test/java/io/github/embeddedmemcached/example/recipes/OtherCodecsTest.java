package io.github.embeddedmemcached.example.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.esotericsoftware.kryo.Kryo;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Codec;
import io.github.embeddedmemcached.cache.CodecException;
import io.github.embeddedmemcached.cache.Codecs;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** Values of other libraries, stored and read. */
class OtherCodecsTest {
    record Person(String name, List<String> phones) {}

    private static final Person ADA = new Person("Ada", List.of("555-0100", "555-0101"));
    private static final ThreadLocal<Kryo> KRYO = ThreadLocal.withInitial(() -> {
        var kryo = new Kryo();
        kryo.register(Person.class);
        kryo.register(ADA.phones().getClass());
        return kryo;
    });

    @AutoClose
    private final Cache cache = Cache.builder().memoryLimitBytes(8 << 20).build();

    @Test
    void shouldStoreJson() {
        assertThat(stored(ADA, OtherCodecs.jackson(JsonMapper.shared(), Person.class)))
                .isEqualTo(ADA);
        assertThat(cache.get("key")).asString().isEqualTo("{\"name\":\"Ada\",\"phones\":[\"555-0100\",\"555-0101\"]}");
    }

    @Test
    void shouldStoreObjectsOfKryo() {
        assertThat(stored(ADA, OtherCodecs.kryo(KRYO::get, Person.class))).isEqualTo(ADA);
        assertThat(cache.get("key")).hasSizeLessThan(30);
    }

    @Test
    void shouldStoreMessagesOfProtobuf() {
        Struct message = Struct.newBuilder()
                .putFields("name", Value.newBuilder().setStringValue("Ada").build())
                .build();
        assertThat(stored(message, OtherCodecs.protobuf(Struct.class, Struct.parser())))
                .isEqualTo(message);
    }

    @Test
    void shouldStoreImages() {
        var image = new BufferedImage(3, 2, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(2, 1, Color.ORANGE.getRGB());

        BufferedImage copy = stored(image, OtherCodecs.image("png"));

        assertThat(copy).isNotNull();
        assertThat(copy.getRGB(2, 1)).isEqualTo(Color.ORANGE.getRGB());
        assertThat(copy.getRGB(0, 0)).isZero();
        assertThat(copy.getWidth()).isEqualTo(3);
    }

    @Test
    void shouldRejectAnImageThatTheFormatCannotRepresent() {
        var transparent = new BufferedImage(3, 2, BufferedImage.TYPE_INT_ARGB);

        assertThatThrownBy(() -> stored(transparent, OtherCodecs.image("jpg")))
                .isInstanceOf(CodecException.class)
                .hasRootCauseMessage("ImageIO cannot write this image as jpg");
    }

    private <T> @Nullable T stored(T object, Codec<T> codec) {
        var view = cache.typed(Codecs.utf8(), codec);
        view.set("key", object);
        return view.get("key");
    }
}
