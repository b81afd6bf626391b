package io.github.embeddedmemcached.junit;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;

/** A target, and how many tests run against it: it isn't reset under a running one. */
final class Fixture implements Stored {
    private final Target target;
    private int runningTests; // guarded by this
    private boolean mixed; // guarded by this; whether a test began since the last reset while another one ran

    Fixture(Target target) {
        this.target = target;
    }

    Target target() {
        return target;
    }

    /** Begins a test, with a target that is as new if no other test runs. */
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

    /** A test that runs against the fixture, until this is closed. */
    final class Use implements Stored {
        private Use() {}

        /** Adds to the test's failure, if it failed, what the servers were told. */
        void explain(ExtensionContext context) {
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
