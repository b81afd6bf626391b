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
 * A memcached outside of this JVM, somebody else's: tests get its address, and it is emptied before each.
 *
 * @param property the configuration parameter that points at it
 * @param host what that says
 * @param port what that says
 * @param user as whom to log in, by the text protocol; empty for nobody
 * @param password the user's
 */
record ExternalTarget(String property, String host, int port, String user, String password) implements Target {
    /** The configuration parameter of the server without a name; others have a dot and their name after it. */
    static final String PROPERTY = "embedded-memcached.external";

    private static final Pattern HOST_AND_PORT = Pattern.compile("(\\[[0-9a-fA-F:.%\\w]+]|[^\\s:\\[\\]]+):(\\d{1,5})");
    private static final int PORT_MAX = 65535;
    private static final int TIMEOUT_MILLIS = 5000;

    /** One fixture for each external server, so that classes which run at the same time know of each other. */
    private static final Namespace FIXTURES = Namespace.create(ExternalTarget.class);

    private static final Object LOCK = new Object(); // of looking into the root store and putting something there

    /** Finds the external server that tests are to run against instead of an embedded one; null if there is none. */
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
                    property + " must be host:port, such as 127.0.0.1:11211, and is \"" + value.get() + "\"");
        }
        return new ExternalTarget(property, matcher.group(1), port, user, password);
    }

    /** The fixture of this server, the same one for the whole test run. */
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
     * Decides whether a class or test can run: not if it has a parameter that only an embedded server can give. The resolver of such a
     * parameter would be too late, its exceptions are failures.
     *
     * @param server finds the external server that a parameter means; null if that isn't external
     */
    static ConditionEvaluationResult condition(
            ExtensionContext context, Function<Parameter, @Nullable ExternalTarget> server) {
        for (Parameter parameter : Injectable.parametersOf(context)) {
            Injectable what = Injectable.of(parameter);
            ExternalTarget external = server.apply(parameter);
            if (what != null && what.isOnlyEmbedded() && external != null) {
                return ConditionEvaluationResult.disabled(external.refusal("the " + what + ", which only"));
            }
        }
        return ConditionEvaluationResult.enabled("what it asks for is there");
    }

    /** Why a test is skipped. */
    String refusal(String needed) {
        return "it needs " + needed + " an embedded server has, and " + property + " is " + place();
    }

    @Override
    public Object get(Injectable what) {
        if (what.isOnlyEmbedded()) {
            throw new TestAbortedException(refusal("the " + what + ", which only"));
        }
        return new InetSocketAddress(host, port);
    }

    /** Empties it; what real memcached answers is checked, as a test that began with old items would mislead. */
    @Override
    public void reset() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            var answers = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            if (!user.isEmpty()) {
                String login = user + " " + password;
                int length = login.getBytes(StandardCharsets.UTF_8).length;
                ask(socket, answers, "set login 0 0 " + length + "\r\n" + login, "STORED");
            }
            ask(socket, answers, "flush_all", "OK");
            ask(socket, answers, "stats reset", "RESET");
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the external memcached at " + place() + ", which " + property + " says, can't be emptied: " + e,
                    e);
        }
    }

    private void ask(Socket socket, BufferedReader answers, String request, String expected) throws IOException {
        socket.getOutputStream().write((request + "\r\n").getBytes(StandardCharsets.UTF_8));
        String answer = answers.readLine();
        if (!expected.equals(answer)) {
            String command = request.lines().findFirst().orElse("");
            throw new IOException("to \"" + command + "\" it answered "
                    + (answer == null ? "nothing, and closed the connection" : "\"" + answer + "\""));
        }
    }

    @Override
    public List<EmbeddedMemcached> servers() {
        return List.of();
    }

    /** It isn't ours to stop. */
    @Override
    public void close() {}

    private String place() {
        return host + ":" + port;
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "ExternalTarget[" + property + "=" + place() + "]";
    }
}
