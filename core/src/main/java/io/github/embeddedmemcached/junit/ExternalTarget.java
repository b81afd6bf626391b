package io.github.embeddedmemcached.junit;

import io.github.embeddedmemcached.EmbeddedMemcached;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.reflect.Parameter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.opentest4j.TestAbortedException;

/**
 * A memcached outside of this JVM, which this library neither starts nor stops. Tests get its address, and it is flushed before each test.
 *
 * @param property the configuration parameter that contains its address
 * @param host the host in that parameter
 * @param port the port in that parameter
 * @param user the user to authenticate as, by the text protocol; empty for no authentication
 * @param password the user's password
 */
record ExternalTarget(String property, String host, int port, String user, String password) implements Target {
    /** The configuration parameter of the server without a name. For other servers a dot and the name are appended. */
    static final String PROPERTY = "embedded-memcached.external";

    private static final Pattern HOST_AND_PORT = Pattern.compile("(\\[[0-9a-fA-F:.%\\w]+]|[^\\s:\\[\\]]+):(\\d{1,5})");
    private static final int PORT_MAX = 65535;
    private static final int TIMEOUT_MILLIS = 5000;

    /** Contains one fixture for each external server, shared by classes that run at the same time. */
    private static final Namespace FIXTURES = Namespace.create(ExternalTarget.class);

    private static final Object LOCK = new Object(); // guards check-then-act on the root store

    /** Returns the external server configured to replace an embedded one; null if there is none. */
    static @Nullable ExternalTarget of(ExtensionContext context, String name, String user, String password) {
        String property = name.isEmpty() ? PROPERTY : PROPERTY + "." + name;
        Optional<String> value =
                context.getConfigurationParameter(property).map(String::strip).filter(text -> !text.isEmpty());
        if (value.isEmpty()) {
            return null;
        }
        Matcher matcher = HOST_AND_PORT.matcher(value.get());
        int port = matcher.matches() ? Integer.parseInt(matcher.group(2)) : 0;
        if (port < 1 || port > PORT_MAX) {
            throw new ExtensionConfigurationException(
                    property + " must be host:port, such as 127.0.0.1:11211: \"" + value.get() + "\"");
        }
        return new ExternalTarget(property, matcher.group(1), port, user, password);
    }

    /** Returns the fixture of this server, which is the same for the whole test run. */
    Fixture fixture(ExtensionContext context) {
        ExtensionContext.Store store = context.getRoot().getStore(FIXTURES);
        synchronized (LOCK) {
            Fixture fixture = store.get(this, Fixture.class);
            if (fixture == null) {
                fixture = new Fixture(this);
                store.put(this, fixture);
            }
            return fixture;
        }
    }

    /**
     * Decides whether a class or test can run: it is disabled if it has a parameter that only an embedded server provides. A
     * parameter resolver cannot skip a test, its exceptions are failures.
     *
     * @param server returns the external server to which a parameter refers; null if that server is embedded
     */
    static ConditionEvaluationResult condition(
            ExtensionContext context, Function<Parameter, @Nullable ExternalTarget> server) {
        for (Parameter parameter : Injectable.parametersOf(context)) {
            Injectable injectable = Injectable.of(parameter);
            ExternalTarget external = server.apply(parameter);
            if (injectable != null && injectable.isOnlyEmbedded() && external != null) {
                return ConditionEvaluationResult.disabled(external.skipReason("the " + injectable + ", which only"));
            }
        }
        return ConditionEvaluationResult.enabled("all parameters are available");
    }

    /** Returns the reason for which a test is skipped. */
    String skipReason(String needed) {
        return "requires " + needed + " an embedded server has, but " + property + " is " + address();
    }

    @Override
    public Object get(Injectable injectable) {
        if (injectable.isOnlyEmbedded()) {
            throw new TestAbortedException(skipReason("the " + injectable + ", which only"));
        }
        return new InetSocketAddress(host, port);
    }

    /** Flushes the server and resets its statistics. The replies are checked, because a test that starts with old items would give misleading results. */
    @Override
    public void reset() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            var replies = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            if (!user.isEmpty()) {
                String credentials = user + " " + password;
                int length = credentials.getBytes(StandardCharsets.UTF_8).length;
                execute(socket, replies, "set login 0 0 " + length + "\r\n" + credentials, "STORED");
            }
            execute(socket, replies, "flush_all", "OK");
            execute(socket, replies, "stats reset", "RESET");
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the external memcached at " + address() + ", configured by " + property + ", cannot be flushed: "
                            + e,
                    e);
        }
    }

    private void execute(Socket socket, BufferedReader replies, String request, String expected) throws IOException {
        socket.getOutputStream().write((request + "\r\n").getBytes(StandardCharsets.UTF_8));
        String reply = replies.readLine();
        if (!expected.equals(reply)) {
            String command = request.lines().findFirst().orElse("");
            throw new IOException("unexpected reply to \"" + command + "\": "
                    + (reply == null ? "the connection was closed" : "\"" + reply + "\""));
        }
    }

    @Override
    public List<EmbeddedMemcached> servers() {
        return List.of();
    }

    /** Has no effect: this library does not stop external servers. */
    @Override
    public void close() {}

    private String address() {
        return host + ":" + port;
    }

    /** Omits the password. */
    @Override
    public String toString() {
        return "ExternalTarget[" + property + "=" + address() + "]";
    }
}
