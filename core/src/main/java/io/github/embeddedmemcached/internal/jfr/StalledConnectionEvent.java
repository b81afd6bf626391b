package io.github.embeddedmemcached.internal.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** See {@link FlightEvents#stalledConnection}. */
@Name("io.github.embeddedmemcached.StalledConnection")
@Label("Stalled Connection")
@Description(
        "A client accepted no byte of a waiting reply for at least 10 s; emitted when it reads again or the connection is closed")
@Category("embedded-memcached")
@StackTrace(false)
final class StalledConnectionEvent extends Event {
    @Label("Client")
    @Description("The address of the client")
    String client = "";

    @Label("Stalled Time")
    @Description("The time in which the client accepted no byte")
    @Timespan(Timespan.MILLISECONDS)
    long stalledTime;

    @Label("Waiting Replies")
    @Description("The memory of the replies that waited for the client")
    @DataAmount
    long waitingBytes;

    static void emit(String client, long millis, long waitingBytes) {
        StalledConnectionEvent event = new StalledConnectionEvent();
        if (event.isEnabled()) {
            event.client = client;
            event.stalledTime = millis;
            event.waitingBytes = waitingBytes;
            event.commit();
        }
    }
}
