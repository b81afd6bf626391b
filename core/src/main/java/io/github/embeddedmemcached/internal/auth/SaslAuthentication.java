package io.github.embeddedmemcached.internal.auth;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Authenticates the client of a binary session with SASL. The only mechanism is PLAIN, in which the client sends its name and
 * password in one message (RFC 4616). A new attempt revokes the authentication until it succeeds.
 */
public final class SaslAuthentication {
    /** The outcome of a request. */
    public enum Outcome {
        AUTHENTICATED,
        /** The mechanism is supported. The name and password have not been sent yet. */
        CONTINUE,
        FAILED,
        /** The name of the mechanism is too long. */
        BAD_MECHANISM
    }

    /** The body of the reply to SASL_LIST. */
    private static final byte[] MECHANISMS = "PLAIN".getBytes(StandardCharsets.US_ASCII);

    /** The body of the reply to a successful attempt. */
    public static final byte[] AUTHENTICATED_REPLY = "Authenticated".getBytes(StandardCharsets.US_ASCII);

    /** The maximum length of a message with name and password. */
    public static final int DATA_LENGTH_MAX = 1024;

    /** The maximum length of a mechanism's name, as in memcached. */
    private static final int MECHANISM_LENGTH_MAX = 32;

    private final Authentication authentication;
    private boolean authenticated;
    private boolean started; // a request without name and password has selected the mechanism

    public SaslAuthentication(Authentication authentication) {
        this.authentication = authentication;
        authenticated = !isRequired();
    }

    /** Sets whether the client is authenticated. A client of a server without users is always authenticated. */
    public void reset(boolean isAuthenticated) {
        authenticated = isAuthenticated || !isRequired();
        started = false;
    }

    /** Returns whether the server has users. */
    public boolean isRequired() {
        return authentication.isRequired();
    }

    public boolean isAuthenticated() {
        return authenticated;
    }

    /** Returns the names of the mechanisms. As in memcached, the request revokes the authentication. */
    public byte[] mechanisms() {
        authenticated = false;
        return MECHANISMS;
    }

    /** Processes SASL_AUTH, which contains the mechanism and optionally the name and password. */
    public Outcome begin(byte[] bytes, int mechanismOffset, int mechanismLength, int dataOffset, long dataLength) {
        if (mechanismLength > MECHANISM_LENGTH_MAX) {
            return Outcome.BAD_MECHANISM;
        }
        boolean plain = isPlain(bytes, mechanismOffset, mechanismLength);
        authenticated = false;
        started = plain && dataLength == 0;
        if (started) {
            return Outcome.CONTINUE;
        }
        authenticated = plain && matches(bytes, dataOffset, dataLength);
        return recordAttempt();
    }

    /** Processes SASL_STEP, which contains the name and password. */
    public Outcome step(byte[] bytes, int mechanismLength, int dataOffset, long dataLength) {
        if (mechanismLength > MECHANISM_LENGTH_MAX) {
            return Outcome.BAD_MECHANISM;
        }
        authenticated = false;
        if (started) {
            authenticated = matches(bytes, dataOffset, dataLength);
            started = !authenticated;
        }
        return recordAttempt();
    }

    private Outcome recordAttempt() {
        authentication.recordAttempt(authenticated);
        return authenticated ? Outcome.AUTHENTICATED : Outcome.FAILED;
    }

    private static boolean isPlain(byte[] bytes, int offset, int length) {
        return new String(bytes, offset, length, StandardCharsets.ISO_8859_1).equalsIgnoreCase("PLAIN");
    }

    // [<authorization identity>] NUL <name> NUL <password>
    private boolean matches(byte[] bytes, int start, long length) {
        if (length > DATA_LENGTH_MAX) {
            return false;
        }
        int end = start + (int) length;
        int name = afterNul(bytes, start, end);
        int password = afterNul(bytes, name, end);
        if (password == end + 1 || afterNul(bytes, password, end) != end + 1) {
            return false;
        }
        int nameLength = password - 1 - name;
        boolean isOwnIdentity =
                name - 1 == start || Arrays.equals(bytes, start, name - 1, bytes, name, name + nameLength);
        Credentials credentials = authentication.credentials();
        return credentials != null
                && credentials.match(bytes, name, nameLength, password, end - password)
                && isOwnIdentity;
    }

    /** Returns the index after the first NUL of bytes[from..to); to + 1 if there is none. */
    private static int afterNul(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to && bytes[i] != 0) {
            i++;
        }
        return Math.min(i, to) + 1;
    }
}
