package io.github.embeddedmemcached.testing;

import io.github.embeddedmemcached.internal.testing.FaultsControl;
import io.github.embeddedmemcached.internal.testing.FaultsHost;
import io.github.embeddedmemcached.internal.testing.Fixtures;
import io.github.embeddedmemcached.internal.testing.RecordingControl;

/** Creates the fixtures of this package. Not lambdas: linking them would slow down the start of a server. */
final class FixtureFactory implements Fixtures.Factory {
    static final FixtureFactory INSTANCE = new FixtureFactory();

    private FixtureFactory() {}

    @Override
    public Object newRecording(Runnable onSwitch) {
        return new Recording(onSwitch);
    }

    @Override
    public RecordingControl recordingControl(Object recording) {
        return ((Recording) recording).control;
    }

    @Override
    public Object newFaults(FaultsHost host) {
        return new Faults(host);
    }

    @Override
    public FaultsControl faultsControl(Object faults) {
        return ((Faults) faults).control;
    }
}
