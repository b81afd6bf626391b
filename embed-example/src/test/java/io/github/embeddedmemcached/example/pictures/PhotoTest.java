package io.github.embeddedmemcached.example.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PhotoTest {
    @TempDir
    private Path folder;

    @Test
    void shouldListPicturesByPath() throws IOException {
        Files.createDirectories(folder.resolve("holidays"));
        Photo b = TestPictures.write(folder.resolve("b.png"), 2, 2, Color.RED);
        Photo lake = TestPictures.write(folder.resolve("holidays/lake.gif"), 2, 2, Color.RED);
        Photo a = TestPictures.write(folder.resolve("a.JPG"), 2, 2, Color.RED);
        Files.writeString(folder.resolve("notes.txt"), "not a picture");

        assertThat(Photo.in(folder)).containsExactly(a, b, lake);
    }

    @Test
    void shouldIgnoreHiddenFilesAndFolders() throws IOException {
        Files.createDirectories(folder.resolve(".trash"));
        TestPictures.write(folder.resolve(".trash/old.png"), 2, 2, Color.RED);
        TestPictures.write(folder.resolve(".hidden.png"), 2, 2, Color.RED);

        assertThat(Photo.in(folder)).isEmpty();
    }

    @Test
    void shouldListNothingInAMissingFolder() throws IOException {
        assertThat(Photo.in(folder.resolve("missing"))).isEmpty();
    }

    @Test
    void shouldBeAnotherPhotoAfterAChange() throws IOException {
        Path file = folder.resolve("a.png");
        Photo before = TestPictures.write(file, 2, 2, Color.RED);
        Files.setLastModifiedTime(file, FileTime.fromMillis(before.modifiedMillis() + 1));

        assertThat(TestPictures.photo(file)).isNotEqualTo(before);
        assertThat(TestPictures.photo(file).key()).isNotEqualTo(before.key());
    }

    @Test
    void shouldConvertItsKeyBack() {
        Photo photo = new Photo(folder.resolve("a|b \u00e4.png"), 1_700_000_000_123L, 99);

        assertThat(Photo.ofKey(photo.key())).isEqualTo(photo);
    }
}
