package io.github.embeddedmemcached.internal.cli;

/** Thrown if a command line is invalid; has the message for the user and the exit status of the process. */
final class CommandLineException extends Exception {
    // as in memcached: 1 for its own checks, the others from sysexits.h
    static final int EXIT_FAILURE = 1;
    static final int EXIT_USAGE = 64;
    static final int EXIT_OS_ERROR = 71;

    private static final long serialVersionUID = 1;

    private final int exitStatus;

    CommandLineException(int exitStatus, String message) {
        super(message);
        this.exitStatus = exitStatus;
    }

    String message() {
        return String.valueOf(getMessage());
    }

    int exitStatus() {
        return exitStatus;
    }
}
