package io.github.embeddedmemcached.internal.binary;

import io.github.embeddedmemcached.cache.CounterStatus;
import io.github.embeddedmemcached.cache.DeleteResult;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.auth.SaslAuthentication;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.engine.StoreMode;
import io.github.embeddedmemcached.internal.session.KeyPrefetcher;
import io.github.embeddedmemcached.internal.session.LargeStore;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.SessionObserver;
import io.github.embeddedmemcached.internal.session.TraceLog;
import io.github.embeddedmemcached.internal.wire.BinaryHeader;
import io.github.embeddedmemcached.internal.wire.MemcachedVersion;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Executes the requests of a binary session on the cache and writes the replies. */
final class BinaryCommands {
    /** Higher levels are reduced to this one, as in memcached. */
    private static final int VERBOSITY_MAX = 2;

    /** An increment or decrement with this exptime does not create a missing item. */
    private static final long EXPTIME_NO_CREATE = 0xFFFF_FFFFL;

    private static final byte[] VERSION = MemcachedVersion.TEXT.getBytes(StandardCharsets.US_ASCII);

    private final TraceLog trace;
    private final boolean flushEnabled;
    private final CacheEngine cache;
    private final BinaryRequest request;
    private final BinaryReplies replies;
    private final LargeStore largeStore;
    private final SaslAuthentication sasl;
    private final BinaryStatistics statistics;
    private final SessionObserver observer;
    private final KeyPrefetcher prefetcher;
    private final ItemUpdate update = new ItemUpdate();
    private final ItemView item = new ItemView();
    private boolean skipsValue; // the rest of the request's body is skipped before the reply is written
    private @Nullable BinaryStatus rejection; // the status of that reply

    BinaryCommands(
            ServerContext context,
            BinaryRequest request,
            BinaryReplies replies,
            LargeStore largeStore,
            SessionObserver observer,
            SaslAuthentication sasl,
            KeyPrefetcher prefetcher) {
        trace = context.trace();
        flushEnabled = context.settings().get(ServerOption.FLUSH_ENABLED);
        cache = context.cache();
        this.request = request;
        this.replies = replies;
        this.largeStore = largeStore;
        this.sasl = sasl;
        statistics = new BinaryStatistics(context, replies);
        this.observer = observer;
        this.prefetcher = prefetcher;
    }

    /**
     * Returns the number of bytes of the request that must be in the window before it is executed: the complete request, or its part
     * before the value if the value is large or is going to be rejected, or only the header if the request is going to be rejected.
     */
    int lengthNeeded() {
        if (!isExecutable() || request.opcode == BinaryOpcode.UNKNOWN) {
            return BinaryHeader.LENGTH;
        }
        boolean needsValue = request.opcode.stores()
                ? request.valueLength <= cache.inlineValueLengthMax()
                : request.valueLength <= SaslAuthentication.DATA_LENGTH_MAX;
        return request.lengthBeforeValue() + (needsValue ? (int) request.valueLength : 0);
    }

    /**
     * Executes the request, {@link #lengthNeeded} bytes of which are available.
     *
     * @param isValueMissing whether the body has more bytes. Unless they are the value of a large item, they are skipped before the reply
     *     is written, see {@link #replyToRejected}
     * @return the next state of the session
     */
    BinaryState execute(byte[] bytes, boolean isValueMissing) {
        skipsValue = isValueMissing;
        if (request.isBroken()) {
            return rejectAndClose(BinaryStatus.UNKNOWN_COMMAND);
        }
        if (!isAllowed()) {
            return rejectAndClose(BinaryStatus.AUTH_FAILURE);
        }
        if (!request.isWellFormed()) {
            return rejectAndClose(BinaryStatus.INVALID);
        }
        request.parseExtras(bytes);
        return switch (request.opcode) {
            case GET, GETK, GAT, GATK -> tryGet(bytes);
            case TOUCH -> touch(bytes);
            case SET -> store(StoreMode.SET, bytes);
            case ADD -> store(StoreMode.ADD, bytes);
            case REPLACE -> store(StoreMode.REPLACE, bytes);
            case APPEND -> store(StoreMode.APPEND, bytes);
            case PREPEND -> store(StoreMode.PREPEND, bytes);
            case DELETE -> delete(bytes);
            case INCREMENT -> delta(bytes, true);
            case DECREMENT -> delta(bytes, false);
            case FLUSH -> flush();
            case NOOP -> succeed(0);
            case VERSION -> replyText(VERSION);
            case VERBOSITY -> verbosity();
            case STAT -> stat(bytes);
            case SASL_LIST, SASL_AUTH, SASL_STEP -> sasl(bytes);
            case QUIT -> {
                succeed(0);
                yield BinaryState.CLOSE;
            }
            case UNKNOWN -> reply(BinaryStatus.UNKNOWN_COMMAND);
        };
    }

    /** Returns whether the request is well-formed and allowed for the client. Otherwise it is rejected, and the session ends. */
    boolean isExecutable() {
        return !request.isBroken() && isAllowed() && request.isWellFormed();
    }

    private boolean isAllowed() {
        return sasl.isAuthenticated() || request.opcode.isAllowedUnauthenticated();
    }

    /** Rejects an invalid request and ends the session, because the following input may be misaligned. */
    private BinaryState rejectAndClose(BinaryStatus status) {
        replies.put(status);
        return BinaryState.CLOSE;
    }

    // ---- retrieval commands

    private BinaryState tryGet(byte[] bytes) {
        try {
            boolean isTouch = request.opcode == BinaryOpcode.GAT || request.opcode == BinaryOpcode.GATK;
            return isTouch ? getAndTouch(bytes) : get(bytes);
        } catch (OutOfMemoryError e) { // nothing of the reply was written
            observer.countOutOfMemory();
            return reply(BinaryStatus.OUT_OF_MEMORY);
        }
    }

    private BinaryState get(byte[] bytes) {
        if (observer.isOn()) {
            observer.beforeFetch(bytes, request.keyOffset, request.keyLength);
        }
        boolean found = prefetcher.get(bytes, request.keyOffset, request.keyLength, item);
        return replyItem(found, bytes, request.opcode == BinaryOpcode.GETK);
    }

    private BinaryState getAndTouch(byte[] bytes) {
        if (observer.isOn()) {
            observer.beforeFetch(bytes, request.keyOffset, request.keyLength);
        }
        boolean found = cache.getAndTouch(bytes, request.keyOffset, request.keyLength, request.exptimeSeconds, item);
        return replyItem(found, bytes, request.opcode == BinaryOpcode.GATK);
    }

    private BinaryState replyItem(boolean found, byte[] bytes, boolean withKey) {
        boolean hit = found;
        while (hit && !replies.putItem(item, bytes, request.keyOffset, withKey ? request.keyLength : 0)) {
            hit = item.refresh();
        }
        if (hit && item.isLeasable()) {
            item.clearValue();
        }
        if (!hit && !request.quiet) {
            replyMiss(bytes, withKey);
        }
        return BinaryState.READ_REQUEST;
    }

    private void replyMiss(byte[] bytes, boolean withKey) {
        if (withKey) {
            replies.putMiss(bytes, request.keyOffset, request.keyLength);
        } else {
            replies.put(BinaryStatus.NOT_FOUND);
        }
    }

    private BinaryState touch(byte[] bytes) {
        beforeLookup(bytes);
        if (!cache.getAndTouch(bytes, request.keyOffset, request.keyLength, request.exptimeSeconds, item)) {
            return reply(BinaryStatus.NOT_FOUND);
        }
        replies.putFlags(item);
        return BinaryState.READ_REQUEST;
    }

    // ---- storage commands

    private BinaryState store(StoreMode mode, byte[] bytes) {
        if (cache.isTooLarge(request.keyLength, request.flags, request.valueLength)) {
            return rejectValue(mode, bytes, StoreResult.TOO_LARGE);
        }
        int valueLength = (int) request.valueLength;
        if (valueLength > cache.inlineValueLengthMax()) {
            return reserve(mode, bytes) ? BinaryState.READ_VALUE : rejectValue(mode, bytes, StoreResult.OUT_OF_MEMORY);
        }
        beforeStore(bytes, request.keyOffset);
        StoreResult result = cache.store(withCas(mode), update(bytes).value(bytes, request.valueOffset, valueLength));
        afterStore(withCas(mode), result, bytes, request.keyOffset);
        return replyStored(result, update.casUnique());
    }

    /** Reserves memory for a large value, so that it can be received before the request is executed. Returns false if there is none. */
    boolean reserve(byte[] bytes) {
        return request.opcode.stores()
                && request.valueLength > cache.inlineValueLengthMax()
                && !cache.isTooLarge(request.keyLength, request.flags, request.valueLength)
                && reserve(mode(), bytes);
    }

    private StoreMode mode() {
        return StoreMode.valueOf(request.opcode.name()); // the names are equal
    }

    private boolean reserve(StoreMode mode, byte[] bytes) {
        fill(largeStore.update(bytes, request.keyOffset, request.keyLength));
        return largeStore.begin(withCas(mode), (int) request.valueLength);
    }

    /** Returns CAS if the request has a CAS unique, except for append and prepend, else the mode. */
    private StoreMode withCas(StoreMode mode) {
        boolean isConcatenation = mode == StoreMode.APPEND || mode == StoreMode.PREPEND;
        return request.casUnique == 0 || isConcatenation ? mode : StoreMode.CAS;
    }

    /** Rejects a request after the rest of its body has been skipped. */
    void reject(byte[] bytes) {
        if (request.opcode.stores()) {
            boolean tooLarge = cache.isTooLarge(request.keyLength, request.flags, request.valueLength);
            skipsValue = false;
            rejectValue(mode(), bytes, tooLarge ? StoreResult.TOO_LARGE : StoreResult.OUT_OF_MEMORY);
        } else {
            execute(bytes, false);
        }
    }

    /** Writes the reply to a rejected request after the rest of its body has been skipped. */
    void replyToRejected() {
        BinaryStatus status = rejection;
        if (status != null) {
            rejection = null;
            replies.put(status);
        }
    }

    private BinaryState rejectValue(StoreMode mode, byte[] bytes, StoreResult reason) {
        beforeStore(bytes, request.keyOffset);
        cache.reject(mode, update(bytes), request.valueLength, reason);
        afterStore(mode, reason, bytes, request.keyOffset);
        return replyStored(reason, 0);
    }

    /** Executes the storage command whose large value has been received, and writes the reply. */
    BinaryState finishLargeStore() {
        skipsValue = false;
        beforeStore(largeStore.key(), 0);
        StoreResult result = Objects.requireNonNull(largeStore.finish(), "a binary value has no line end");
        afterStore(largeStore.mode(), result, largeStore.key(), 0);
        return replyStored(result, largeStore.storedCas());
    }

    private void beforeStore(byte[] key, int offset) {
        if (observer.isOn()) {
            observer.beforeStore(key, offset, request.keyLength);
        }
    }

    private void afterStore(StoreMode mode, StoreResult result, byte[] key, int offset) {
        if (observer.isOn()) {
            int valueLength = (int) Math.min(request.valueLength, Integer.MAX_VALUE);
            observer.afterStore(mode, result, key, offset, request.keyLength, request.exptimeSeconds, valueLength);
        }
    }

    private void beforeLookup(byte[] bytes) {
        if (observer.isOn()) {
            observer.beforeLookup(bytes, request.keyOffset, request.keyLength);
        }
    }

    private ItemUpdate update(byte[] bytes) {
        return fill(update.key(bytes, request.keyOffset, request.keyLength));
    }

    private ItemUpdate fill(ItemUpdate store) {
        return withExpectedCas(store).flags(request.flags).exptime(request.exptimeSeconds);
    }

    /** Returns the update of the request's item, with the expected CAS unique if the request has one. */
    private ItemUpdate conditionalUpdate(byte[] bytes) {
        return withExpectedCas(update.key(bytes, request.keyOffset, request.keyLength));
    }

    private ItemUpdate withExpectedCas(ItemUpdate any) {
        return request.casUnique == 0 ? any : any.expectCas(request.casUnique);
    }

    private BinaryState replyStored(StoreResult result, long casUnique) {
        if (result == StoreResult.STORED) {
            return succeed(casUnique);
        }
        return result == StoreResult.NOT_STORED ? reply(notStored()) : replyFailure(result);
    }

    private BinaryStatus notStored() {
        if (request.opcode == BinaryOpcode.ADD) {
            return BinaryStatus.EXISTS;
        }
        return request.opcode == BinaryOpcode.REPLACE ? BinaryStatus.NOT_FOUND : BinaryStatus.NOT_STORED;
    }

    private BinaryState replyFailure(Enum<?> result) {
        return reply(BinaryStatus.valueOf(result.name())); // the constants have the same names
    }

    // ---- delete, increment, decrement

    private BinaryState delete(byte[] bytes) {
        if (observer.isOn()) {
            observer.beforeDelete(bytes, request.keyOffset, request.keyLength);
        }
        DeleteResult result = cache.delete(conditionalUpdate(bytes));
        if (result != DeleteResult.DELETED) {
            return replyFailure(result);
        }
        if (observer.isOn()) {
            observer.afterDelete("delete", bytes, request.keyOffset, request.keyLength);
        }
        return succeed(0);
    }

    private BinaryState delta(byte[] bytes, boolean isIncrement) {
        beforeLookup(bytes);
        conditionalUpdate(bytes);
        if (request.exptimeSeconds != EXPTIME_NO_CREATE) {
            update.vivify(request.exptimeSeconds).initialNumber(request.initialNumber);
        }
        CounterStatus result =
                isIncrement ? cache.increment(update, request.delta) : cache.decrement(update, request.delta);
        if (observer.isOn() && result == CounterStatus.STORED && update.hasCreatedItem()) {
            observer.afterCreate(bytes, request.keyOffset, request.keyLength, request.exptimeSeconds);
        }
        if (result == CounterStatus.STORED) {
            return replyNumber();
        }
        if (result == CounterStatus.OUT_OF_MEMORY) {
            return reply(update.hasCreatedItem() ? BinaryStatus.OUT_OF_MEMORY_NEW : BinaryStatus.OUT_OF_MEMORY_INCR);
        }
        return replyFailure(result);
    }

    private BinaryState replyNumber() {
        if (!request.quiet) {
            replies.putNumber(update.number(), update.casUnique());
        }
        return BinaryState.READ_REQUEST;
    }

    // ---- administrative commands

    private BinaryState flush() {
        if (!flushEnabled) {
            return reply(BinaryStatus.AUTH_FAILURE);
        }
        cache.flushAll(request.exptimeSeconds);
        return succeed(0);
    }

    /** Sets the verbosity. memcached defines the opcode, but does not implement the command. */
    private BinaryState verbosity() {
        trace.verbosity((int) Math.min(request.level, VERBOSITY_MAX));
        return succeed(0);
    }

    private BinaryState stat(byte[] bytes) {
        String group = new String(bytes, request.keyOffset, request.keyLength, StandardCharsets.ISO_8859_1);
        prefetcher.keys().flushCounts();
        BinaryStatus error = statistics.begin(group);
        if (error != null) {
            return reply(error);
        }
        return BinaryState.REPLYING;
    }

    /** Continues a streamed reply. Returns whether it is complete. */
    boolean proceed() {
        return statistics.proceed();
    }

    private BinaryState sasl(byte[] bytes) {
        if (!sasl.isRequired()) {
            return reply(BinaryStatus.UNKNOWN_COMMAND);
        }
        if (request.opcode == BinaryOpcode.SASL_LIST) {
            return replyText(sasl.mechanisms());
        }
        SaslAuthentication.Outcome outcome = authenticate(bytes);
        if (outcome == SaslAuthentication.Outcome.AUTHENTICATED) {
            return replyText(SaslAuthentication.AUTHENTICATED_REPLY);
        }
        if (outcome == SaslAuthentication.Outcome.CONTINUE) {
            return reply(BinaryStatus.AUTH_CONTINUE);
        }
        boolean failed = outcome == SaslAuthentication.Outcome.FAILED;
        return reply(failed ? BinaryStatus.AUTH_FAILURE : BinaryStatus.INVALID);
    }

    private SaslAuthentication.Outcome authenticate(byte[] bytes) {
        return request.opcode == BinaryOpcode.SASL_AUTH
                ? sasl.begin(bytes, request.keyOffset, request.keyLength, request.valueOffset, request.valueLength)
                : sasl.step(bytes, request.keyLength, request.valueOffset, request.valueLength);
    }

    private BinaryState succeed(long casUnique) {
        if (!request.quiet) {
            replies.putOk(casUnique);
        }
        return BinaryState.READ_REQUEST;
    }

    private BinaryState replyText(byte[] text) {
        replies.putText(text);
        return BinaryState.READ_REQUEST;
    }

    private BinaryState reply(BinaryStatus status) {
        if (skipsValue) {
            rejection = status;
            return BinaryState.SWALLOW;
        }
        replies.put(status);
        return BinaryState.READ_REQUEST;
    }
}
