package io.github.embeddedmemcached;

import io.github.embeddedmemcached.server.Endpoints;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/** What {@code -l} says: addresses, separated by commas, each with a port of its own or with that of {@code -p}. */
final class ListenAddresses {
    static final int PORT_MAX = 65535;

    private static final String PLAIN = "notls:";

    private ListenAddresses() {}

    /** Reads the values of all {@code -l}; without any it is the loopback address. */
    static List<Endpoints.Tcp> parse(List<String> values, int port) throws Refusal {
        if (values.isEmpty()) {
            return List.of(new Endpoints.Tcp(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), false));
        }
        List<Endpoints.Tcp> endpoints = new ArrayList<>();
        for (String value : values) {
            for (String address : value.split("[,;]", -1)) {
                endpoints.add(endpoint(address, port));
            }
        }
        return endpoints;
    }

    // [notls:] (host | host:port | [v6] | [v6]:port | v6 | * | *:port)
    private static Endpoints.Tcp endpoint(String text, int defaultPort) throws Refusal {
        boolean plain = text.startsWith(PLAIN);
        String address = plain ? text.substring(PLAIN.length()) : text;
        String host = address;
        int port = defaultPort;
        int colon = address.lastIndexOf(':');
        boolean bareV6 = !address.startsWith("[") && colon > address.indexOf(':');
        if (!bareV6 && colon > address.lastIndexOf(']')) {
            host = address.substring(0, colon);
            port = port(address.substring(colon + 1));
        }
        if (host.isEmpty()) {
            throw new Refusal(Refusal.EXIT_OS_ERROR, "no address to listen on (-l): \"" + text + "\"");
        }
        try {
            InetAddress resolved = InetAddress.getByName(host.equals("*") ? "0.0.0.0" : host);
            return new Endpoints.Tcp(new InetSocketAddress(resolved, port), plain);
        } catch (UnknownHostException e) {
            throw new Refusal(Refusal.EXIT_OS_ERROR, "unknown address to listen on (-l): \"" + host + "\"");
        }
    }

    /** A port; -1 is any free one, as it is everywhere in memcached. */
    private static int port(String text) throws Refusal {
        int port = CommandLine.number(text, -1, PORT_MAX, Refusal.EXIT_OS_ERROR, "invalid port number");
        return Math.max(0, port);
    }
}
