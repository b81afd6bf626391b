package io.github.embeddedmemcached.internal.binary;

import io.github.embeddedmemcached.cache.CounterStatus;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.auth.SaslLogin;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.engine.StoreMode;
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

/** Runs the requests of a binary session on the cache and answers them. */
final class BinaryCommands {
    /** More is the same as this, as in memcached. */
    private static final int VERBOSITY_MAX = 2;

    /** An increment or decrement with this exptime makes no item where there is none. */
    private static final long MAKES_NO_ITEM = 0xFFFF_FFFFL;

    private static final byte[] VERSION = MemcachedVersion.TEXT.getBytes(StandardCharsets.US_ASCII);

    private final TraceLog trace;
    private final boolean flushEnabled;
    private final CacheEngine cache;
    private final BinaryRequest request;
    private final BinaryReplies replies;
    private final LargeStore largeStore;
    private final SaslLogin login;
    private final BinaryStatistics statistics;
    private final SessionObserver observer;
    private final ItemUpdate update = new ItemUpdate();
    private ItemView item = new ItemView();
    private boolean skipsValue; // the rest of the request's body is skipped before it is answered
    private @Nullable BinaryStatus refusal; // the reply that follows then

    BinaryCommands(
            ServerContext context,
            BinaryRequest request,
            BinaryReplies replies,
            LargeStore largeStore,
            SessionObserver observer,
            SaslLogin login) {
        trace = context.trace();
        flushEnabled = context.settings().get(ServerOption.FLUSH_ENABLED);
        cache = context.cache();
        this.request = request;
        this.replies = replies;
        this.largeStore = largeStore;
        this.login = login;
        statistics = new BinaryStatistics(context, replies);
        this.observer = observer;
    }

    /**
     * How many bytes of the request must be in the window before it is executed: all of it, unless its value is large or is
     * going to be refused; and no more than the header if all of it is.
     */
    int lengthNeeded() {
        if (!isLegal() || request.opcode == BinaryOpcode.UNKNOWN) {
            return BinaryHeader.LENGTH;
        }
        boolean waits = request.opcode.stores()
                ? request.valueLength <= cache.inlineValueLengthMax()
                : request.valueLength <= SaslLogin.DATA_LENGTH_MAX;
        return request.lengthBeforeValue() + (waits ? (int) request.valueLength : 0);
    }

    /**
     * Executes the request, of which the {@link #lengthNeeded} bytes were parsed from.
     *
     * @param isValueMissing whether the body has more bytes: unless they are the value of a large item, they are skipped, and the
     *     reply follows then, see {@link #replyRefusal}
     * @return how the session goes on
     */
    BinaryState execute(byte[] bytes, boolean isValueMissing) {
        skipsValue = isValueMissing;
        if (request.isBroken()) {
            return refuse(BinaryStatus.UNKNOWN_COMMAND);
        }
        if (!mayProceed()) {
            return refuse(BinaryStatus.AUTH_FAILURE);
        }
        if (!request.isWellFormed()) {
            return refuse(BinaryStatus.INVALID);
        }
        request.parseExtras(bytes);
        return switch (request.opcode) {
            case GET, GETK -> get(bytes);
            case GAT, GATK -> getAndTouch(bytes);
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

    /** Tells whether the request makes sense, and the client may say it: otherwise it is refused, and the session ends. */
    boolean isLegal() {
        return !request.isBroken() && mayProceed() && request.isWellFormed();
    }

    private boolean mayProceed() {
        return login.isAuthenticated() || request.opcode.isForAnybody();
    }

    /** Answers what makes no sense; who sent it may mean something else by all that follows. */
    private BinaryState refuse(BinaryStatus status) {
        replies.put(status);
        return BinaryState.CLOSE;
    }

    // Reading.

    private BinaryState get(byte[] bytes) {
        if (observer.isOn()) {
            observer.fetches(bytes, request.keyOffset, request.keyLength);
        }
        boolean found = cache.get(bytes, request.keyOffset, request.keyLength, item);
        return answer(found, bytes, request.opcode == BinaryOpcode.GETK);
    }

    private BinaryState getAndTouch(byte[] bytes) {
        if (observer.isOn()) {
            observer.fetches(bytes, request.keyOffset, request.keyLength);
        }
        boolean found = cache.getAndTouch(bytes, request.keyOffset, request.keyLength, request.exptimeSeconds, item);
        return answer(found, bytes, request.opcode == BinaryOpcode.GATK);
    }

    private BinaryState answer(boolean found, byte[] bytes, boolean showsKey) {
        boolean hit = found;
        while (hit && !replies.putItem(item, bytes, request.keyOffset, showsKey ? request.keyLength : 0)) {
            hit = item.refresh();
        }
        if (hit && item.isLeasable()) {
            item = new ItemView(); // an idle session keeps no large value alive that the cache has dropped
        }
        if (!hit && !request.quiet) {
            miss(bytes, showsKey);
        }
        return BinaryState.READ_REQUEST;
    }

    private void miss(byte[] bytes, boolean showsKey) {
        if (showsKey) {
            replies.putMiss(bytes, request.keyOffset, request.keyLength);
        } else {
            replies.put(BinaryStatus.NOT_FOUND);
        }
    }

    private BinaryState touch(byte[] bytes) {
        looksUp(bytes);
        if (!cache.getAndTouch(bytes, request.keyOffset, request.keyLength, request.exptimeSeconds, item)) {
            return reply(BinaryStatus.NOT_FOUND);
        }
        replies.putFlags(item);
        return BinaryState.READ_REQUEST;
    }

    // Storing.

    private BinaryState store(StoreMode mode, byte[] bytes) {
        if (cache.isTooLarge(request.keyLength, request.flags, request.valueLength)) {
            return refuseValue(mode, bytes, StoreResult.TOO_LARGE);
        }
        int valueLength = (int) request.valueLength;
        if (valueLength > cache.inlineValueLengthMax()) {
            return reserve(mode, bytes) ? BinaryState.READ_VALUE : refuseValue(mode, bytes, StoreResult.OUT_OF_MEMORY);
        }
        stores(bytes, request.keyOffset);
        StoreResult result = cache.store(withCas(mode), update(bytes).value(bytes, request.valueOffset, valueLength));
        stored(withCas(mode), result, bytes, request.keyOffset);
        return answer(result, update.casUnique());
    }

    /** Takes the room for the value now if it is a large one, so that it can arrive before the request is executed. */
    boolean reserve(byte[] bytes) {
        return request.opcode.stores()
                && request.valueLength > cache.inlineValueLengthMax()
                && !cache.isTooLarge(request.keyLength, request.flags, request.valueLength)
                && reserve(mode(), bytes);
    }

    private StoreMode mode() {
        return StoreMode.valueOf(request.opcode.name()); // they have the same names
    }

    private boolean reserve(StoreMode mode, byte[] bytes) {
        describe(largeStore.update(bytes, request.keyOffset, request.keyLength));
        return largeStore.begin(withCas(mode), (int) request.valueLength);
    }

    /** Whatever is to be done to an item of a certain CAS unique, is done under cas's conditions. */
    private StoreMode withCas(StoreMode mode) {
        boolean joins = mode == StoreMode.APPEND || mode == StoreMode.PREPEND;
        return request.casUnique == 0 || joins ? mode : StoreMode.CAS;
    }

    /** Refuses a request, the rest of whose body has been skipped. */
    void refuse(byte[] bytes) {
        if (request.opcode.stores()) {
            boolean tooLarge = cache.isTooLarge(request.keyLength, request.flags, request.valueLength);
            skipsValue = false;
            refuseValue(mode(), bytes, tooLarge ? StoreResult.TOO_LARGE : StoreResult.OUT_OF_MEMORY);
        } else {
            execute(bytes, false);
        }
    }

    /** Sends the reply to a refused request, after the rest of its body has been skipped. */
    void replyRefusal() {
        BinaryStatus status = refusal;
        if (status != null) {
            refusal = null;
            replies.put(status);
        }
    }

    private BinaryState refuseValue(StoreMode mode, byte[] bytes, StoreResult why) {
        stores(bytes, request.keyOffset);
        cache.refuse(mode, update(bytes), why);
        stored(mode, why, bytes, request.keyOffset);
        return answer(why, 0);
    }

    /** Answers the storage command whose large value is complete. */
    BinaryState finishLargeStore() {
        skipsValue = false;
        stores(largeStore.key(), 0);
        StoreResult result = Objects.requireNonNull(largeStore.finish(), "there is no line end to be missed");
        stored(largeStore.mode(), result, largeStore.key(), 0);
        return answer(result, largeStore.storedCas());
    }

    private void stores(byte[] key, int offset) {
        if (observer.isOn()) {
            observer.stores(key, offset, request.keyLength);
        }
    }

    private void stored(StoreMode mode, StoreResult result, byte[] key, int offset) {
        if (observer.isOn()) {
            int valueLength = (int) Math.min(request.valueLength, Integer.MAX_VALUE);
            observer.stored(mode, result, key, offset, request.keyLength, request.exptimeSeconds, valueLength);
        }
    }

    private void looksUp(byte[] bytes) {
        if (observer.isOn()) {
            observer.looksUp(bytes, request.keyOffset, request.keyLength);
        }
    }

    private ItemUpdate update(byte[] bytes) {
        return describe(update.key(bytes, request.keyOffset, request.keyLength));
    }

    private ItemUpdate describe(ItemUpdate store) {
        return condition(store).flags(request.flags).exptime(request.exptimeSeconds);
    }

    /** Begins a change of the item, if its CAS unique is that of the request. */
    private ItemUpdate change(byte[] bytes) {
        return condition(update.key(bytes, request.keyOffset, request.keyLength));
    }

    private ItemUpdate condition(ItemUpdate any) {
        return request.casUnique == 0 ? any : any.expectCas(request.casUnique);
    }

    private BinaryState answer(StoreResult result, long casUnique) {
        return switch (result) {
            case STORED -> succeed(casUnique);
            case NOT_STORED -> reply(notStored());
            case EXISTS -> reply(BinaryStatus.EXISTS);
            case NOT_FOUND -> reply(BinaryStatus.NOT_FOUND);
            case TOO_LARGE -> reply(BinaryStatus.TOO_LARGE);
            case OUT_OF_MEMORY -> reply(BinaryStatus.OUT_OF_MEMORY);
        };
    }

    private BinaryStatus notStored() {
        return switch (request.opcode) {
            case ADD -> BinaryStatus.EXISTS;
            case REPLACE -> BinaryStatus.NOT_FOUND;
            default -> BinaryStatus.NOT_STORED;
        };
    }

    // Changing.

    private BinaryState delete(byte[] bytes) {
        if (observer.isOn()) {
            observer.deletes(bytes, request.keyOffset, request.keyLength);
        }
        return switch (cache.delete(change(bytes))) {
            case DELETED -> {
                if (observer.isOn()) {
                    observer.deleted("delete", bytes, request.keyOffset, request.keyLength);
                }
                yield succeed(0);
            }
            case NOT_FOUND -> reply(BinaryStatus.NOT_FOUND);
            case EXISTS -> reply(BinaryStatus.EXISTS);
            case OUT_OF_MEMORY -> reply(BinaryStatus.OUT_OF_MEMORY);
        };
    }

    private BinaryState delta(byte[] bytes, boolean up) {
        looksUp(bytes);
        change(bytes);
        if (request.exptimeSeconds != MAKES_NO_ITEM) {
            update.vivify(request.exptimeSeconds).initialNumber(request.initialNumber);
        }
        CounterStatus result = up ? cache.increment(update, request.delta) : cache.decrement(update, request.delta);
        if (observer.isOn() && result == CounterStatus.STORED && update.hasCreatedItem()) {
            observer.created(bytes, request.keyOffset, request.keyLength, request.exptimeSeconds);
        }
        return switch (result) {
            case STORED -> replyNumber();
            case NOT_FOUND -> reply(BinaryStatus.NOT_FOUND);
            case EXISTS -> reply(BinaryStatus.EXISTS);
            case NON_NUMERIC -> reply(BinaryStatus.NON_NUMERIC);
            case OUT_OF_MEMORY ->
                reply(update.hasCreatedItem() ? BinaryStatus.OUT_OF_MEMORY_NEW : BinaryStatus.OUT_OF_MEMORY_INCR);
        };
    }

    private BinaryState replyNumber() {
        if (!request.quiet) {
            replies.putNumber(update.number(), update.casUnique());
        }
        return BinaryState.READ_REQUEST;
    }

    // What concerns the server.

    private BinaryState flush() {
        if (!flushEnabled) {
            return reply(BinaryStatus.AUTH_FAILURE);
        }
        cache.flushAll(request.exptimeSeconds);
        return succeed(0);
    }

    /** memcached has the code, but doesn't know the command. */
    private BinaryState verbosity() {
        trace.verbosity((int) Math.min(request.level, VERBOSITY_MAX));
        return succeed(0);
    }

    private BinaryState stat(byte[] bytes) {
        String part = new String(bytes, request.keyOffset, request.keyLength, StandardCharsets.ISO_8859_1);
        BinaryStatus error = statistics.answer(part);
        if (error != null) {
            return reply(error);
        }
        return BinaryState.ANSWERING;
    }

    /** Goes on with an answer; true: it is complete. */
    boolean proceed() {
        return statistics.proceed();
    }

    private BinaryState sasl(byte[] bytes) {
        if (!login.isRequired()) {
            return reply(BinaryStatus.UNKNOWN_COMMAND);
        }
        if (request.opcode == BinaryOpcode.SASL_LIST) {
            return replyText(login.mechanisms());
        }
        return switch (login(bytes)) {
            case AUTHENTICATED -> replyText(SaslLogin.AUTHENTICATED_REPLY);
            case CONTINUE -> reply(BinaryStatus.AUTH_CONTINUE);
            case FAILED -> reply(BinaryStatus.AUTH_FAILURE);
            case BAD_MECHANISM -> reply(BinaryStatus.INVALID);
        };
    }

    private SaslLogin.Outcome login(byte[] bytes) {
        return request.opcode == BinaryOpcode.SASL_AUTH
                ? login.begin(bytes, request.keyOffset, request.keyLength, request.valueOffset, request.valueLength)
                : login.step(bytes, request.keyLength, request.valueOffset, request.valueLength);
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
            refusal = status;
            return BinaryState.SWALLOW;
        }
        replies.put(status);
        return BinaryState.READ_REQUEST;
    }
}
