package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.protocol.WireProtocol;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A socket that is bound and listens: to a TCP port, or to a file in the Unix domain. */
final class ListeningSocket {
    private final ServerSocketChannel channel;
    private final SocketAddress address;
    private final boolean plain;
    private final @Nullable WireProtocol protocol;
    private final Binder again;

    /** How a socket is bound. */
    @FunctionalInterface
    private interface Binder {
        ListeningSocket bind() throws ListenException;
    }

    /** What tells the socket's file from another that took its name. */
    private final @Nullable Object fileKey;

    private ListeningSocket(
            ServerSocketChannel channel,
            boolean plain,
            @Nullable WireProtocol protocol,
            @Nullable Object fileKey,
            Binder again)
            throws IOException {
        this.channel = channel;
        this.plain = plain;
        this.protocol = protocol;
        this.again = again;
        this.fileKey = fileKey;
        address = channel.getLocalAddress();
    }

    static ListeningSocket bind(Endpoints.Tcp endpoint, int backlog) throws ListenException {
        try {
            ServerSocketChannel channel = ServerSocketChannel.open();
            try {
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, true); // a restart takes the same port at once
                channel.bind(endpoint.address(), backlog);
                Endpoints.Tcp bound = endpoint.bound((InetSocketAddress) channel.getLocalAddress());
                return new ListeningSocket(
                        channel, endpoint.plain(), endpoint.protocol(), null, () -> bind(bound, backlog));
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new ListenException(endpoint.address(), "port", e);
        }
    }

    /** A socket's file that is there already is replaced, as memcached does: it was left over, most likely. */
    static ListeningSocket bind(Endpoints.UnixSocket endpoint, int backlog) throws ListenException {
        Path path = endpoint.path();
        try {
            ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                deleteSocket(path, null);
                channel.bind(UnixDomainSocketAddress.of(path), backlog);
                permit(path, endpoint.permissions());
                return new ListeningSocket(
                        channel, true, null, attributes(path).fileKey(), () -> bind(endpoint, backlog));
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new ListenException(path.toString(), e);
        }
    }

    /** Listens at the same place, once this one has been closed. */
    ListeningSocket bindAgain() throws ListenException {
        return again.bind();
    }

    private static BasicFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    /** Deletes a socket's file, and no other kind of file; with a key given, only the file that has it. */
    private static void deleteSocket(Path path, @Nullable Object fileKey) throws IOException {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            BasicFileAttributes attributes = attributes(path);
            if (attributes.isOther() && (fileKey == null || Objects.equals(fileKey, attributes.fileKey()))) {
                Files.delete(path);
            }
        }
    }

    private static void permit(Path path, int mode) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
        if (view != null) { // Windows has no such thing
            view.setPermissions(permissions(mode));
        }
    }

    /** The permissions of a mode: the enum has its constants in the order of the bits, from 0400 down. */
    private static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        for (PosixFilePermission permission : PosixFilePermission.values()) {
            if ((mode & 0400 >> permission.ordinal()) != 0) {
                permissions.add(permission);
            }
        }
        return permissions;
    }

    ServerSocketChannel channel() {
        return channel;
    }

    SocketAddress address() {
        return address;
    }

    boolean isTcp() {
        return address instanceof InetSocketAddress;
    }

    /** Tells whether TLS isn't spoken here, wherever else it is. */
    boolean isPlain() {
        return plain;
    }

    /** The protocol of its connections; null for that of the server's settings. */
    @Nullable WireProtocol protocol() {
        return protocol;
    }

    /** Closes the socket and removes its file, if it has one. Idempotent. */
    void close() throws IOException {
        try (channel) {
            if (channel.isOpen() && address instanceof UnixDomainSocketAddress unix) {
                deleteSocket(unix.getPath(), fileKey);
            }
        }
    }
}
