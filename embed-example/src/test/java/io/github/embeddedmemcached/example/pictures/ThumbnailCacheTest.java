package io.github.embeddedmemcached.example.pictures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.CacheLoadException;
import io.github.embeddedmemcached.cache.Statistic;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ThumbnailCacheTest {
    @TempDir
    private Path folder;

    private Path file;
    private Photo photo;

    @BeforeEach
    void writePicture() throws IOException {
        file = folder.resolve("caches/pictures/thumbnails");
        photo = TestPictures.write(folder.resolve("a.png"), 400, 300, Color.RED);
    }

    private static int color(ThumbnailCache thumbnails, Photo photo) {
        BufferedImage image = Objects.requireNonNull(thumbnails.get(photo));
        return image.getRGB(image.getWidth() / 2, image.getHeight() / 2);
    }

    @Test
    void shouldCreateAThumbnailOnce() {
        try (var thumbnails = new ThumbnailCache(file, Images::scale)) {
            assertThat(color(thumbnails, photo)).isEqualTo(Color.RED.getRGB());
            assertThat(color(thumbnails, photo)).isEqualTo(Color.RED.getRGB());

            assertThat(thumbnails.statistics().get(Statistic.LOADS)).isEqualTo(1);
            assertThat(thumbnails.statistics().hitRatio()).isEqualTo(0.5);
        }
    }

    @Test
    void shouldFindThumbnailsOfTheLastRunWithoutALoad() {
        try (var thumbnails = new ThumbnailCache(file, Images::scale)) {
            thumbnails.get(photo);
        }
        try (var thumbnails = new ThumbnailCache(file, Images::scale)) {
            assertThat(color(thumbnails, photo)).isEqualTo(Color.RED.getRGB());

            assertThat(thumbnails.statistics().get(Statistic.LOADS)).isZero();
            assertThat(thumbnails.statistics().hitRatio()).isEqualTo(1);
        }
    }

    @Test
    void shouldNotShowTheOldThumbnailOfAChangedFile() throws IOException {
        try (var thumbnails = new ThumbnailCache(file, Images::scale)) {
            thumbnails.get(photo);
        }
        Photo changed = TestPictures.write(photo.file(), 400, 320, Color.BLUE);
        try (var thumbnails = new ThumbnailCache(file, Images::scale)) {
            assertThat(color(thumbnails, changed)).isEqualTo(Color.BLUE.getRGB());
        }
    }

    @Test
    void shouldTryABrokenPictureAgain() throws IOException {
        Photo broken = TestPictures.writeBroken(folder.resolve("broken.png"));
        try (var thumbnails = new ThumbnailCache(file, Images::scale)) {
            assertThatThrownBy(() -> thumbnails.get(broken)).isInstanceOf(CacheLoadException.class);
            assertThatThrownBy(() -> thumbnails.get(broken)).isInstanceOf(CacheLoadException.class);

            assertThat(thumbnails.statistics().get(Statistic.LOAD_FAILURES)).isEqualTo(2);
        }
    }

    @Test
    void shouldWorkWithoutTheFileInASecondProgram() {
        try (var first = new ThumbnailCache(file, Images::scale);
                var second = new ThumbnailCache(file, Images::scale)) {
            assertThat(color(second, photo)).isEqualTo(Color.RED.getRGB());
            assertThat(first.statistics().items()).isZero();
        }
    }

    @Test
    void shouldRenameAFileThatCannotBeRestoredAndSaveAgain() throws IOException {
        Path renamed = file.resolveSibling("thumbnails.bad");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "no saved cache");
        Files.writeString(renamed, "of an earlier run");
        try (var thumbnails = new ThumbnailCache(file, Images::scale)) {
            thumbnails.get(photo);
        }
        assertThat(renamed).hasContent("no saved cache");
        try (var thumbnails = new ThumbnailCache(file, Images::scale)) {
            thumbnails.get(photo);
            assertThat(thumbnails.statistics().get(Statistic.LOADS)).isZero();
        }
    }

    @Test
    void shouldNotRenameAFileThatAnotherProgramUses() {
        try (var thumbnails = new ThumbnailCache(file, Images::scale)) {
            thumbnails.get(photo);
        }
        try (var first = new ThumbnailCache(file, Images::scale);
                var second = new ThumbnailCache(file, Images::scale)) {
            assertThat(first.statistics().items()).isEqualTo(1);
            assertThat(second.statistics().items()).isZero();
            assertThat(file).exists();
            assertThat(file.resolveSibling("thumbnails.bad")).doesNotExist();
        }
    }

    @Test
    void shouldWorkIfTheFolderCannotBeCreated() throws IOException {
        Files.writeString(folder.resolve("caches"), "a file");
        try (var thumbnails = new ThumbnailCache(file, Images::scale)) {
            assertThat(color(thumbnails, photo)).isEqualTo(Color.RED.getRGB());
        }
    }
}
