package io.github.embeddedmemcached.junit;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;

/** A target and the number of tests that are using it. It is not reset while a test is running. Thread-safe. */
final class Fixture implements StoredResource {
    private final Target target;
    private int runningTests; // guarded by this
    private boolean mixed; // whether tests have overlapped since the last reset; guarded by this

    Fixture(Target target) {
        this.target = target;
    }

    Target target() {
        return target;
    }

    /** Begins a test. Resets the target if no other test is running. */
    synchronized Use beginTest() {
        if (runningTests == 0) {
            target.reset();
            mixed = false;
        } else {
            mixed = true;
        }
        runningTests++;
        return new Use();
    }

    private synchronized void endTest() {
        runningTests--;
    }

    private synchronized boolean isMixed() {
        return mixed;
    }

    /** The use of the fixture by a test, until this is closed. */
    final class Use implements StoredResource {
        private Use() {}

        /** Adds the commands that the servers received to the test's failure, if it failed. */
        void addCommandsToFailure(ExtensionContext context) {
            context.getExecutionException()
                    .filter(failure -> !(failure instanceof TestAbortedException))
                    .ifPresent(failure -> RecordedCommands.addTo(failure, target.servers(), isMixed()));
        }

        @Override
        public void close() {
            endTest();
        }
    }

    @Override
    public void close() {
        target.close();
    }
}
