package io.github.embeddedmemcached.internal.server.listen;

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

/** A bound listening socket: a TCP port or a Unix domain socket. */
public final class ListeningSocket {
    private final ServerSocketChannel channel;
    private final SocketAddress address;
    private final Endpoints.@Nullable Tcp tcp; // with the actual port; null for a Unix domain socket
    private final Endpoints.@Nullable UnixSocket unix;
    private final int backlog;

    /** Identifies the socket's file, to recognize a different file of the same name; null if there is none. */
    private final @Nullable Object fileKey;

    private ListeningSocket(
            ServerSocketChannel channel,
            Endpoints.@Nullable Tcp tcp,
            Endpoints.@Nullable UnixSocket unix,
            @Nullable Object fileKey,
            int backlog)
            throws IOException {
        this.channel = channel;
        this.tcp = tcp;
        this.unix = unix;
        this.fileKey = fileKey;
        this.backlog = backlog;
        address = channel.getLocalAddress();
    }

    /** Binds a TCP socket. */
    public static ListeningSocket bind(Endpoints.Tcp endpoint, int backlog) throws ListenException {
        try {
            ServerSocketChannel channel = ServerSocketChannel.open();
            try {
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, true); // a restart can bind the same port at once
                channel.bind(endpoint.address(), backlog);
                Endpoints.Tcp bound = endpoint.bound((InetSocketAddress) channel.getLocalAddress());
                return new ListeningSocket(channel, bound, null, null, backlog);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new ListenException(endpoint.address(), "port", e);
        }
    }

    /** Binds a Unix domain socket. An existing socket file is replaced, as memcached does: most likely it was left by an earlier run. */
    public static ListeningSocket bind(Endpoints.UnixSocket endpoint, int backlog) throws ListenException {
        Path path = endpoint.path();
        try {
            ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                deleteSocket(path, null);
                channel.bind(UnixDomainSocketAddress.of(path), backlog);
                permit(path, endpoint.permissions());
                return new ListeningSocket(
                        channel, null, endpoint, attributes(path).fileKey(), backlog);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new ListenException(path.toString(), e);
        }
    }

    /** Binds a new socket to the same address, after this one was closed. */
    public ListeningSocket bindAgain() throws ListenException {
        return unix == null ? bind(Objects.requireNonNull(tcp), backlog) : bind(unix, backlog);
    }

    private static BasicFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    /** Deletes a file if it is a socket and, unless the key is null, has this key. */
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
        if (view != null) { // null on Windows
            view.setPermissions(permissions(mode));
        }
    }

    /** Converts a file mode: the enum's constants have the order of the bits, from 0400 down. */
    private static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        for (PosixFilePermission permission : PosixFilePermission.values()) {
            if ((mode & 0400 >> permission.ordinal()) != 0) {
                permissions.add(permission);
            }
        }
        return permissions;
    }

    public ServerSocketChannel channel() {
        return channel;
    }

    public SocketAddress address() {
        return address;
    }

    public boolean isTcp() {
        return address instanceof InetSocketAddress;
    }

    /** Returns whether connections are not encrypted even if the server has TLS settings. */
    public boolean isPlain() {
        return tcp == null || tcp.plain();
    }

    /** Returns the protocol of the connections; null for that of the server's settings. */
    public @Nullable WireProtocol protocol() {
        return tcp == null ? null : tcp.protocol();
    }

    /** Closes the socket and removes its file, if it has one. Idempotent. */
    public void close() throws IOException {
        try (channel) {
            if (channel.isOpen() && address instanceof UnixDomainSocketAddress unix) {
                deleteSocket(unix.getPath(), fileKey);
            }
        }
    }
}
