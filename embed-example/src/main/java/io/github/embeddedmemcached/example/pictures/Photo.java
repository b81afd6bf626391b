package io.github.embeddedmemcached.example.pictures;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;

/**
 * A picture as it was when its folder was listed. A file that has changed is another photo, so that its old thumbnail is not found in the
 * cache; that one is evicted or expires.
 *
 * @param file its absolute path
 * @param modifiedMillis the time of its last modification
 * @param bytes its size
 */
record Photo(Path file, long modifiedMillis, long bytes) {
    private static final String SEPARATOR = "|";
    private static final Set<String> SUFFIXES = Set.of(ImageIO.getReaderFileSuffixes());

    /** Returns the key in the cache. */
    String key() {
        return modifiedMillis + SEPARATOR + bytes + SEPARATOR + file;
    }

    /** Returns the photo of a key. */
    static Photo ofKey(String key) {
        String[] parts = key.split("\\" + SEPARATOR, 3);
        return new Photo(Path.of(parts[2]), Long.parseLong(parts[0]), Long.parseLong(parts[1]));
    }

    String name() {
        return file.getFileName().toString();
    }

    /** Lists the pictures in a folder and in the folders in it, by path. Ignores what cannot be read, and hidden files. */
    static List<Photo> in(Path folder) throws IOException {
        List<Photo> photos = new ArrayList<>();
        Path start = folder.toAbsolutePath().normalize();
        Files.walkFileTree(
                start, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                        boolean visited = directory.equals(start) || !isHidden(directory);
                        return visited ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        if (attributes.isRegularFile() && !isHidden(file) && SUFFIXES.contains(suffix(file))) {
                            photos.add(new Photo(
                                    file, attributes.lastModifiedTime().toMillis(), attributes.size()));
                        }
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException e) {
                        return FileVisitResult.CONTINUE;
                    }
                });
        photos.sort(Comparator.comparing(Photo::file));
        return photos;
    }

    private static boolean isHidden(Path file) {
        return file.getFileName() != null && file.getFileName().toString().startsWith(".");
    }

    private static String suffix(Path file) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }
}
