package io.github.embeddedmemcached.internal.wire;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Formats addresses as memcached does. */
public final class Addresses {
    private static final int GROUPS = 8;

    private Addresses() {}

    /** Returns the transport and the address; {@code unknown} if there is no address. */
    // tcp:127.0.0.1:11211, tcp6:[::1]:11211, udp:..., udp6:..., unix:/path
    public static String withTransport(@Nullable SocketAddress address, boolean isDatagram) {
        if (address instanceof InetSocketAddress internet && internet.getAddress() != null) {
            InetAddress host = internet.getAddress();
            String transport = isDatagram ? "udp" : "tcp";
            return host instanceof Inet6Address
                    ? transport + "6:[" + host(host) + "]:" + internet.getPort()
                    : transport + ":" + host(host) + ":" + internet.getPort();
        }
        return address instanceof UnixDomainSocketAddress unix ? "unix:" + unix.getPath() : "unknown";
    }

    /** Returns the host only; {@code unix} for a Unix domain socket, {@code unknown} if there is no address. */
    public static String host(@Nullable SocketAddress address) {
        if (address instanceof InetSocketAddress internet && internet.getAddress() != null) {
            return host(internet.getAddress());
        }
        return address instanceof UnixDomainSocketAddress ? "unix" : "unknown";
    }

    /** Returns the port; 0 for a Unix domain socket. */
    public static int port(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress internet ? internet.getPort() : 0;
    }

    /** Returns {@code tcp}, or {@code local} for a Unix domain socket. */
    public static String transport(@Nullable SocketAddress address) {
        return address instanceof UnixDomainSocketAddress ? "local" : "tcp";
    }

    private static String host(InetAddress address) {
        return address instanceof Inet6Address six ? host6(six.getAddress()) : address.getHostAddress();
    }

    /** Formats an IPv6 address; the longest run of at least two zero groups becomes "::". */
    private static String host6(byte[] address) {
        int[] groups = new int[GROUPS];
        int longest = 1;
        int gap = -1;
        int run = 0;
        for (int i = 0; i < GROUPS; i++) {
            groups[i] = (address[2 * i] & 0xFF) << 8 | address[2 * i + 1] & 0xFF;
            run = groups[i] == 0 ? run + 1 : 0;
            if (run > longest) {
                longest = run;
                gap = i + 1 - run;
            }
        }
        return gap < 0
                ? joined(groups, 0, GROUPS)
                : joined(groups, 0, gap) + "::" + joined(groups, gap + longest, GROUPS);
    }

    private static String joined(int[] groups, int from, int to) {
        StringJoiner joined = new StringJoiner(":");
        for (int i = from; i < to; i++) {
            joined.add(Integer.toHexString(groups[i]));
        }
        return joined.toString();
    }
}
