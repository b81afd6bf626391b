package io.github.embeddedmemcached.testing;

import io.github.embeddedmemcached.internal.testing.FaultsControl;
import io.github.embeddedmemcached.internal.testing.FaultsHost;
import io.github.embeddedmemcached.internal.testing.Fixtures;
import io.github.embeddedmemcached.internal.testing.RecordingControl;

/** Creates the fixtures of this package. Not lambdas: linking them would slow down the start of a server. */
final class FixtureFactory extends Fixtures {
    private FixtureFactory() {}

    /** Called when a class of this package that it creates is initialized. */
    static void register() {
        factory(new FixtureFactory());
    }

    @Override
    protected Object recording(Runnable onSwitch) {
        return new Recording(onSwitch);
    }

    @Override
    protected RecordingControl controlOfRecording(Object recording) {
        return ((Recording) recording).control;
    }

    @Override
    protected Object faults(FaultsHost host) {
        return new Faults(host);
    }

    @Override
    protected FaultsControl controlOfFaults(Object faults) {
        return ((Faults) faults).control;
    }
}
