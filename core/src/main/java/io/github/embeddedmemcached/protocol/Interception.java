package io.github.embeddedmemcached.protocol;

import io.github.embeddedmemcached.protocol.ProtocolSession.Progress;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One session's way to the server's {@link Interceptor}: shows it the commands, and remembers how an answer is to be disturbed until
 * the session's host is told.
 */
final class Interception {
    private final ServerState state;
    private final CurrentSession session;

    private @Nullable Disturbance disturbance; // the last one
    private int disturbanceOffset;
    private boolean isUntold; // the host doesn't know of it yet
    private boolean isUnfinished; // the disturbed answer isn't all there

    Interception(ServerState state, CurrentSession session) {
        this.state = state;
        this.session = session;
    }

    /**
     * Shows a command whose answer is going to begin at the end of the output, and evicts its items if that is the verdict.
     *
     * @return what is to be answered in place of executing it, or null
     */
    Verdict.@Nullable Answer show(CommandDraft draft, ReplyBuffer output) {
        Interceptor interceptor = state.interceptor();
        if (interceptor == null) {
            return null; // gone since the command began
        }
        Verdict verdict =
                interceptor.onCommand(draft.complete(session.number(), Instant.ofEpochMilli(state.timeMillis())));
        if (verdict.losesItems()) {
            draft.evictKeys(state.cache().raw());
        }
        if (verdict.disturbance() != null) {
            disturbance = verdict.disturbance();
            disturbanceOffset = output.size();
            isUntold = true;
        }
        return verdict.answer();
    }

    /** Tells whether the answer that is being given is to be disturbed: then the turn ends with it. */
    boolean disturbs() {
        return isUntold || isUnfinished;
    }

    /**
     * Called at the end of a turn that {@link #disturbs}.
     *
     * @param isUnfinished whether the answer goes on in the next turn
     * @return what the host is told in place of how the turn ended
     */
    Progress endTurn(Progress progress, boolean isUnfinished) {
        boolean begins = isUntold;
        isUntold = false;
        this.isUnfinished = isUnfinished;
        return begins ? Progress.DISTURBED : progress;
    }

    @Nullable Disturbance disturbance() {
        return disturbance;
    }

    int disturbanceOffset() {
        return disturbanceOffset;
    }
}
