package io.github.embeddedmemcached.server;

import java.io.IOException;
import java.net.InetSocketAddress;

/** The system refused a socket; the cause, a {@link java.net.BindException} mostly, says why. */
public final class ListenException extends IOException {
    private static final long serialVersionUID = 1;

    private final IOException reason;

    ListenException(String place, IOException reason) {
        super("cannot listen on " + place + ": " + reason.getMessage(), reason);
        this.reason = reason;
    }

    ListenException(InetSocketAddress address, String port, IOException reason) {
        this(address.getAddress().getHostAddress() + " " + port + " " + address.getPort(), reason);
    }

    /**
     * Returns what the system said.
     *
     * @return the cause
     */
    public IOException reason() {
        return reason;
    }
}
