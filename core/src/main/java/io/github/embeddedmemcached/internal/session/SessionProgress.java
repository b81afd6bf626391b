package io.github.embeddedmemcached.internal.session;

import io.github.embeddedmemcached.internal.intercept.ResponseFault;

/** The reason why the processing of a session's input stopped. */
public enum SessionProgress {
    /** All complete requests were processed. More input is needed to continue. */
    NEEDS_INPUT,
    /** The output is full. More requests may be processed once it has been drained. */
    OUTPUT_FULL,
    /** The request budget of the turn is used up. More requests may be processed after the other sessions have had their turn. */
    TURN_OVER,
    /** The last reply is to be sent with a {@link ResponseFault}. More requests may be processed, as after TURN_OVER. */
    RESPONSE_FAULT,
    /** The session has ended. The connection is closed once the output has been sent. */
    CLOSE
}
