package io.github.embeddedmemcached.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Whether the client of a binary session has logged in, where the server has users; and how it does so: SASL with the one
 * mechanism PLAIN, in which the client says name and password at once (RFC 4616). A client that tries again is nobody until it
 * succeeds.
 */
final class SaslLogin {
    /** What came of a try. */
    enum Outcome {
        LOGGED_IN,
        /** The mechanism is known; name and password are awaited. */
        CONTINUE,
        FAILED,
        /** The mechanism's name is longer than any. */
        BAD_MECHANISM
    }

    /** The body of the answer to a client that asks for the mechanisms. */
    private static final byte[] MECHANISMS = "PLAIN".getBytes(StandardCharsets.US_ASCII);

    /** The body of the answer to a client that has logged in. */
    static final byte[] WELCOME = "Authenticated".getBytes(StandardCharsets.US_ASCII);

    /** Longer than any name and password; what is longer isn't waited for. */
    static final int DATA_LENGTH_MAX = 1024;

    /** memcached's number. */
    private static final int MECHANISM_LENGTH_MAX = 32;

    private final ServerState state;
    private boolean loggedIn;
    private boolean started; // the mechanism was named, without name and password

    SaslLogin(ServerState state) {
        this.state = state;
        loggedIn = !isOffered();
    }

    /** Takes the client for one who has logged in or not. */
    void become(boolean isLoggedIn) {
        loggedIn = isLoggedIn || !isOffered();
        started = false;
    }

    /** Tells whether the server has users at all. */
    boolean isOffered() {
        return state.credentials() != null;
    }

    boolean isLoggedIn() {
        return loggedIn;
    }

    /** Says which mechanisms there are. Who asks begins anew: memcached thinks so too. */
    byte[] mechanisms() {
        loggedIn = false;
        return MECHANISMS;
    }

    /** Takes a SASL_AUTH or SASL_STEP: the key is the mechanism, the value what the client says of itself. */
    Outcome process(BinaryRequest request, byte[] bytes) {
        if (request.keyLength > MECHANISM_LENGTH_MAX) {
            return Outcome.BAD_MECHANISM;
        }
        loggedIn = false;
        if (request.opcode == BinaryOpcode.SASL_AUTH) {
            boolean plain = isPlain(request, bytes);
            started = plain && request.valueLength == 0;
            if (started) {
                return Outcome.CONTINUE;
            }
            loggedIn = plain && proves(request, bytes);
        } else if (started) {
            loggedIn = proves(request, bytes);
            started = !loggedIn;
        }
        state.loginTried(loggedIn);
        return loggedIn ? Outcome.LOGGED_IN : Outcome.FAILED;
    }

    private static boolean isPlain(BinaryRequest request, byte[] bytes) {
        return new String(bytes, request.keyOffset, request.keyLength, StandardCharsets.ISO_8859_1)
                .equalsIgnoreCase("PLAIN");
    }

    // [<on behalf of>] NUL <name> NUL <password>
    private boolean proves(BinaryRequest request, byte[] bytes) {
        if (request.valueLength > DATA_LENGTH_MAX) {
            return false;
        }
        int begin = request.valueOffset;
        int end = begin + (int) request.valueLength;
        int name = afterNul(bytes, begin, end);
        int password = afterNul(bytes, name, end);
        if (password == end + 1 || afterNul(bytes, password, end) != end + 1) {
            return false;
        }
        int nameLength = password - 1 - name;
        boolean forItself = name - 1 == begin || Arrays.equals(bytes, begin, name - 1, bytes, name, name + nameLength);
        Credentials credentials = state.credentials();
        return credentials != null && credentials.match(bytes, name, nameLength, password, end - password) && forItself;
    }

    /** The index after the first NUL of bytes[from..to); to + 1 if there is none. */
    private static int afterNul(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to && bytes[i] != 0) {
            i++;
        }
        return Math.min(i, to) + 1;
    }
}
