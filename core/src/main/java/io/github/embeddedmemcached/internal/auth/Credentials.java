package io.github.embeddedmemcached.internal.auth;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The users of a server and their passwords. Immutable. Only a digest of each name and password is stored. The time of a
 * comparison does not depend on how much of a name or password is correct.
 */
public final class Credentials {
    /** No users. */
    public static final Credentials NONE = new Credentials(List.of(), false);

    /** The maximum number of users, as in memcached's password file. */
    public static final int USERS_MAX = 8;

    /** The exclusive maximum length of a line of a password file, including its line end, as in memcached. */
    private static final int LINE_LENGTH_MAX = 256;

    /** The maximum number of bytes that are read, more than {@link #USERS_MAX} lines can have: a wrong path to a large file cannot fill the heap. */
    private static final int FILE_LENGTH_MAX = (USERS_MAX + 1) * LINE_LENGTH_MAX;

    private final List<byte[]> digests;
    private final boolean hasUserWithoutPassword;

    private Credentials(List<byte[]> digests, boolean hasUserWithoutPassword) {
        this.digests = digests;
        this.hasUserWithoutPassword = hasUserWithoutPassword;
    }

    /**
     * Reads a password file in the format of memcached's {@code -Y}: a line {@code name:password} for each user. As in memcached, the
     * name or the password may be empty, see {@link #hasUserWithoutPassword}.
     *
     * @param file the file
     * @return its users
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException if there is no line or more than {@value #USERS_MAX}, or if a line has no colon or too many
     *     bytes; the message names the line and the file
     */
    public static Credentials read(Path file) throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(FILE_LENGTH_MAX + 1);
        }
        if (bytes.length == 0) {
            throw new IllegalArgumentException("there is no line name:password in " + file);
        }
        Credentials users = NONE;
        int line = 1;
        for (int start = 0, end; start < bytes.length; start = end + 1, line++) {
            end = indexOf(bytes, '\n', start, bytes.length);
            int colon = indexOf(bytes, ':', start, end);
            if (line > USERS_MAX) {
                throw new IllegalArgumentException("there can't be more than " + USERS_MAX + " users: " + file);
            }
            if (colon == end) {
                throw new IllegalArgumentException("line " + line + " of " + file + " must be name:password");
            }
            if (end - start > LINE_LENGTH_MAX - 2) {
                throw new IllegalArgumentException("line " + line + " of " + file + " is too long, at most "
                        + (LINE_LENGTH_MAX - 2) + " bytes are allowed");
            }
            int passwordEnd = indexOf(bytes, '\r', colon, end);
            boolean hasPassword = passwordEnd > colon + 1;
            users = users.with(digest(bytes, start, colon - start, colon + 1, passwordEnd - colon - 1), hasPassword);
        }
        return users;
    }

    private static int indexOf(byte[] bytes, char c, int from, int to) {
        int i = from;
        while (i < to && bytes[i] != c) {
            i++;
        }
        return i;
    }

    /**
     * Adds a user.
     *
     * @param name not empty, without space, colon, NUL or line end
     * @param password not empty, without NUL or line end
     * @return these users and the added one
     * @throws IllegalArgumentException if a client could never send this name or password, or if there are {@value #USERS_MAX}
     *     users already
     */
    public Credentials with(String name, String password) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("the name of a user must not be empty");
        }
        if (!name.matches("[^ :\\x00\r\n]+")) {
            throw new IllegalArgumentException("the name of a user must not contain a space, colon, NUL or line end");
        }
        if (password.isEmpty()) {
            throw new IllegalArgumentException("the user \"" + name + "\" has no password");
        }
        if (!password.matches("[^\\x00\r\n]+")) {
            throw new IllegalArgumentException(
                    "the password of the user \"" + name + "\" must not contain a NUL or line end");
        }
        byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        byte[] both = (name + password).getBytes(StandardCharsets.UTF_8);
        return with(digest(both, 0, nameBytes.length, nameBytes.length, both.length - nameBytes.length), true);
    }

    private Credentials with(byte[] digest, boolean hasPassword) {
        if (digests.size() == USERS_MAX) {
            throw new IllegalArgumentException("there can't be more than " + USERS_MAX + " users");
        }
        List<byte[]> more = new ArrayList<>(digests);
        more.add(digest);
        return new Credentials(more, hasUserWithoutPassword || !hasPassword);
    }

    /**
     * Returns whether a user can authenticate without a password, which only a password file can allow.
     *
     * @return true if a line has nothing after its colon
     */
    public boolean hasUserWithoutPassword() {
        return hasUserWithoutPassword;
    }

    /** Returns whether a user with this name and password exists. */
    public boolean match(byte[] bytes, int nameOffset, int nameLength, int passwordOffset, int passwordLength) {
        byte[] offered = digest(bytes, nameOffset, nameLength, passwordOffset, passwordLength);
        boolean match = false;
        for (byte[] digest : digests) {
            match |= MessageDigest.isEqual(digest, offered);
        }
        Arrays.fill(offered, (byte) 0);
        return match;
    }

    private static byte[] digest(byte[] bytes, int nameOffset, int nameLength, int passwordOffset, int passwordLength) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(nameLength).array());
            sha.update(bytes, nameOffset, nameLength);
            sha.update(bytes, passwordOffset, passwordLength);
            return sha.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "Credentials[" + digests.size() + " users]";
    }
}
