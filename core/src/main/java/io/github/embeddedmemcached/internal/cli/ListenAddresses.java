package io.github.embeddedmemcached.internal.cli;

import io.github.embeddedmemcached.internal.server.listen.Endpoints;
import io.github.embeddedmemcached.protocol.WireProtocol;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/** Parses the addresses of {@code -l}, separated by commas, each with its own port or with that of {@code -p}. */
final class ListenAddresses {
    static final int PORT_MAX = 65535;

    private static final String PLAIN = "notls:";
    private static final int TAG_LENGTH_MAX = 8;

    private static final String PROTOCOL = "proto[";
    private static final String TAG = "tag[";
    private static final String PREFIX_END = "]:";

    private ListenAddresses() {}

    /** Parses the values of all {@code -l} options; if there are none, returns the loopback addresses of the host's address families. */
    static List<Endpoints.Tcp> parse(List<String> values, int port) throws CommandLineException {
        if (values.isEmpty()) {
            return loopback(port);
        }
        List<Endpoints.Tcp> endpoints = new ArrayList<>();
        for (String value : values) {
            for (String address : value.split("[,;]", -1)) {
                endpoints.add(endpoint(address, port));
            }
        }
        return endpoints;
    }

    private static List<Endpoints.Tcp> loopback(int port) {
        List<Endpoints.Tcp> endpoints = new ArrayList<>();
        for (String address : List.of("127.0.0.1", "::1")) {
            try {
                InetAddress loopback = InetAddress.getByName(address);
                if (NetworkInterface.getByInetAddress(loopback) != null) {
                    endpoints.add(new Endpoints.Tcp(new InetSocketAddress(loopback, port), false));
                }
            } catch (IOException e) {
                // the host doesn't support this address family
            }
        }
        return endpoints.isEmpty()
                ? List.of(new Endpoints.Tcp(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), false))
                : endpoints;
    }

    // [notls:] [proto[ascii|binary|negotiating]:] [tag[name]:] address
    private static Endpoints.Tcp endpoint(String text, int defaultPort) throws CommandLineException {
        String address = text;
        boolean plain = address.startsWith(PLAIN);
        if (plain) {
            address = address.substring(PLAIN.length());
        }
        WireProtocol protocol = null;
        while (address.startsWith(PROTOCOL) || address.startsWith(TAG)) {
            int end = address.indexOf(']');
            if (!address.startsWith(PREFIX_END, end)) {
                throw invalid("the prefix of an address (-l) must be proto[...]: or tag[...]:", text);
            }
            String name = address.substring(address.indexOf('[') + 1, end);
            if (address.startsWith(PROTOCOL)) {
                protocol = protocol(name, text);
            } else {
                checkTag(name, text);
            }
            address = address.substring(end + PREFIX_END.length());
        }
        return new Endpoints.Tcp(address(address, defaultPort, text), plain, protocol);
    }

    private static WireProtocol protocol(String name, String text) throws CommandLineException {
        return switch (name) {
            case "ascii" -> WireProtocol.ASCII;
            case "binary" -> WireProtocol.BINARY;
            case "negotiating" -> WireProtocol.AUTO;
            default -> throw invalid("the protocol of an address (-l) must be ascii, binary or negotiating", text);
        };
    }

    /** Checks a tag. Tags are ignored; only memcached's proxy uses them. */
    private static void checkTag(String tag, String text) throws CommandLineException {
        if (tag.isEmpty() || tag.length() > TAG_LENGTH_MAX) {
            throw invalid("the tag of an address (-l) must have 1 to " + TAG_LENGTH_MAX + " characters", text);
        }
    }

    // host | host:port | [v6] | [v6]:port | v6 | * | *:port
    private static InetSocketAddress address(String address, int defaultPort, String text) throws CommandLineException {
        String host = address;
        int port = defaultPort;
        int colon = address.lastIndexOf(':');
        boolean bareV6 = !address.startsWith("[") && colon > address.indexOf(':');
        if (!bareV6 && colon > address.lastIndexOf(']')) {
            host = address.substring(0, colon);
            port = port(address.substring(colon + 1));
        }
        if (host.isEmpty()) {
            throw invalid("missing address (-l)", text);
        }
        try {
            return new InetSocketAddress(InetAddress.getByName(host.equals("*") ? "0.0.0.0" : host), port);
        } catch (UnknownHostException e) {
            throw invalid("unknown address (-l)", host);
        }
    }

    private static CommandLineException invalid(String message, String text) {
        return new CommandLineException(CommandLineException.EXIT_OS_ERROR, message + ": \"" + text + "\"");
    }

    /** Parses a port; -1 selects a free port, as for all of memcached's ports. */
    private static int port(String text) throws CommandLineException {
        int port = CommandLine.number(text, -1, PORT_MAX, CommandLineException.EXIT_OS_ERROR, "invalid port number");
        return Math.max(0, port);
    }
}
