package io.github.embeddedmemcached.internal.cli;

/** A command line that can't be followed: why, and what the process is to end with. */
final class CommandLineException extends Exception {
    // memcached's: 1 from its own checks, the others from sysexits.h
    static final int EXIT_FAILURE = 1;
    static final int EXIT_USAGE = 64;
    static final int EXIT_OS_ERROR = 71;

    private static final long serialVersionUID = 1;

    private final int exitStatus;

    CommandLineException(int exitStatus, String sentence) {
        super(sentence);
        this.exitStatus = exitStatus;
    }

    String sentence() {
        return String.valueOf(getMessage());
    }

    int exitStatus() {
        return exitStatus;
    }
}
