package io.github.embeddedmemcached.internal.server.listen;

import java.io.IOException;
import java.net.InetSocketAddress;

/** Thrown if a listening socket cannot be opened or bound; the cause is usually a {@link java.net.BindException}. */
public final class ListenException extends IOException {
    private static final long serialVersionUID = 1;

    private final IOException reason;

    /**
     * Creates an exception.
     *
     * @param address the address, as text
     * @param reason the system's exception
     */
    public ListenException(String address, IOException reason) {
        super("cannot listen on " + address + ": " + reason.getMessage(), reason);
        this.reason = reason;
    }

    /**
     * Creates an exception.
     *
     * @param port the kind of port, for the message: {@code UDP port}
     * @param reason the system's exception
     */
    public ListenException(InetSocketAddress address, String port, IOException reason) {
        this(address.getAddress().getHostAddress() + " " + port + " " + address.getPort(), reason);
    }

    /**
     * Returns the system's exception.
     *
     * @return the cause
     */
    public IOException reason() {
        return reason;
    }
}
