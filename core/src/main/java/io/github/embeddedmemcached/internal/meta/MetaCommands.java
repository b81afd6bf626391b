package io.github.embeddedmemcached.internal.meta;

import static io.github.embeddedmemcached.internal.wire.AsciiNumbers.LENGTH_MAX;

import io.github.embeddedmemcached.cache.CounterStatus;
import io.github.embeddedmemcached.cache.DeleteResult;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.engine.StoreMode;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.log.ValueLease;
import io.github.embeddedmemcached.internal.engine.statistics.SlabClasses;
import io.github.embeddedmemcached.internal.line.Reply;
import io.github.embeddedmemcached.internal.line.Request;
import io.github.embeddedmemcached.internal.line.TextReplies;
import io.github.embeddedmemcached.internal.line.TextState;
import io.github.embeddedmemcached.internal.session.LargeStore;
import io.github.embeddedmemcached.internal.session.SessionObserver;
import io.github.embeddedmemcached.internal.wire.AsciiNumbers;
import io.github.embeddedmemcached.internal.wire.Base64;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Executes the parsed meta commands of a text session. A reply consists of a code and the requested flags. */
public final class MetaCommands {
    /** The flags that change what a fetch does to the item. */
    private static final long FETCH_FLAGS = MetaRequest.mask("TNREu");

    /** The flags with which memcached records the access after it has written the reply. */
    private static final long LATE_FLAGS = MetaRequest.mask("TNRhl");

    private static final int CODE_LENGTH_MAX = "VA ".length() + LENGTH_MAX;

    private static final int NUMBER_FLAGS = "stcflh".length();

    /** The maximum length of a reply without its value: code, numbers, opaque, key in base64, recache flags, two line ends. */
    private static final int REPLY_OVERHEAD_MAX = CODE_LENGTH_MAX
            + NUMBER_FLAGS * (" s".length() + LENGTH_MAX)
            + " ".length()
            + MetaParser.OPAQUE_LENGTH_MAX
            + " k b".length()
            + Base64.encodedLength(ItemSize.CLIENT_KEY_LENGTH_MAX)
            + " Z X W\r\n\r\n".length();

    private final CacheEngine cache;
    private final Request request;
    private final MetaRequest meta;
    private final TextReplies replies;
    private final LargeStore largeStore;
    private final SessionObserver observer;
    private final ItemUpdate update = new ItemUpdate();
    private final byte[] digits = new byte[LENGTH_MAX];
    private final ItemView item = new ItemView();

    public MetaCommands(
            CacheEngine cache,
            Request request,
            MetaRequest meta,
            TextReplies replies,
            LargeStore largeStore,
            SessionObserver observer) {
        this.observer = observer;
        this.cache = cache;
        this.request = request;
        this.meta = meta;
        this.replies = replies;
        this.largeStore = largeStore;
    }

    // mg

    public TextState get() {
        int sizeBefore = replies.output().size();
        try {
            return fetch();
        } catch (OutOfMemoryError e) {
            if (replies.output().size() != sizeBefore) {
                throw e; // the reply is complete
            }
            observer.countOutOfMemory();
            replies.put(Reply.OUT_OF_MEMORY_GET);
            return TextState.READ_REQUEST;
        }
    }

    private TextState fetch() {
        if (observer.isOn()) {
            observer.beforeFetch(meta.key, meta.keyOffset, meta.keyLength);
        }
        update.key(meta.key, meta.keyOffset, meta.keyLength);
        if (meta.hasAny(FETCH_FLAGS)) {
            prepareFetch();
        }
        if (meta.hasLongOpaque()) {
            return getWithLongOpaque();
        }
        if (!cache.fetch(update, item)) {
            replyMiss();
        } else if (!replyHit()) {
            replyMiss(); // the item was removed while its value was copied
        }
        return TextState.READ_REQUEST;
    }

    /** Fetches the item, and replies with an error. memcached checks the opaque only while it writes the reply. */
    private TextState getWithLongOpaque() {
        update.discardReply();
        if (meta.hasAny(LATE_FLAGS)) {
            update.skipAccessUpdate();
        }
        cache.fetch(update, item);
        clearLarge();
        replies.put(Reply.OPAQUE_TOO_LONG);
        return TextState.READ_REQUEST;
    }

    /** Adds the flags in their order: as in memcached, an opaque that is too long prevents the effect of a T after it. */
    private void prepareFetch() {
        boolean updatesExptime = true;
        for (int i = 0; i < meta.count(); i++) {
            switch (meta.flag(i)) {
                case 'O' -> updatesExptime = !meta.hasLongOpaque();
                case 'T' -> {
                    if (updatesExptime) {
                        update.exptime(meta.exptimeSeconds);
                    }
                }
                case 'N' -> update.vivify(meta.vivifyExptimeSeconds);
                case 'R' -> update.recache(meta.recacheSeconds);
                case 'E' -> update.assignCas(meta.givenCas);
                case 'u' -> update.skipAccessUpdate();
                default -> {}
            }
        }
    }

    /** Replies to a hit; returns false if the item was removed while its value was copied. */
    private boolean replyHit() {
        ReplyBuffer output = replies.output();
        do {
            boolean sendsValue = meta.has('v') && !(meta.has('C') && meta.expectedCas == item.casUnique());
            int inlineLength = sendsValue && !item.isLeasable() ? item.valueLength() : 0;
            int start = output.ensureWritable(REPLY_OVERHEAD_MAX + inlineLength);
            byte[] target = output.array();
            int end = sendsValue ? putValueCode(target, start, item.valueLength()) : putCode(target, start, 'H', 'D');
            end = putLineEnd(target, putRecacheFlags(target, putItemFlags(target, end)));
            if (!sendsValue) {
                output.tail(end);
                clearLarge();
                return true;
            }
            ValueLease lease = item.isLeasable() ? item.lease() : null;
            if (lease != null) {
                output.tail(end);
                output.putLarge(lease);
                output.tail(putLineEnd(output.array(), end));
                clearLarge();
                return true;
            }
            if (!item.isLeasable() && item.copyValue(target, end)) {
                output.tail(putLineEnd(target, end + inlineLength));
                return true;
            }
            // the item was changed while it was copied: ignore the bytes written after the tail, and retry
        } while (item.refresh());
        return false;
    }

    private void clearLarge() {
        if (item.isLeasable()) {
            item.clearValue();
        }
    }

    private int putItemFlags(byte[] target, int start) {
        boolean isCreated = update.hasCreatedItem();
        long secondsToLive = item.secondsToLiveBefore();
        int i = start;
        for (int j = 0; j < meta.count(); j++) {
            byte flag = meta.flag(j);
            switch (flag) {
                case 's' -> i = putNumber(target, i, flag, item.valueLength());
                case 't' -> i = putSecondsToLive(target, i, secondsToLive);
                case 'c' -> i = putNumber(target, i, flag, item.casUnique());
                case 'f' -> i = putNumber(target, i, flag, Integer.toUnsignedLong(item.flags()));
                case 'l' -> i = putNumber(target, i, flag, item.secondsSinceAccess());
                case 'h' -> i = putNumber(target, i, flag, item.wasFetched() ? 1 : 0);
                case 'O' -> i = putOpaque(target, i);
                case 'k' -> i = putKey(target, putCode(target, i, ' ', 'k'), item.hasBinaryKey());
                case 'T' -> secondsToLive = isCreated ? update.secondsToLiveByExptime() : item.secondsToLive();
                case 'N' -> secondsToLive = isCreated ? update.secondsToLiveByVivify() : secondsToLive;
                default -> {}
            }
        }
        return i;
    }

    private int putRecacheFlags(byte[] target, int start) {
        int i = start;
        if (item.isBeingRenewed()) {
            i = putCode(target, i, ' ', 'Z');
        }
        if (item.isStale()) {
            i = putCode(target, i, ' ', 'X');
        }
        return item.hasWon() ? putCode(target, i, ' ', 'W') : i;
    }

    private void replyMiss() {
        if (!meta.has('q')) {
            replyCode('E', 'N');
        }
    }

    // ms

    /** Stores the value, which is in the input window unless it is large. */
    public TextState store(byte[] bytes, int valueOffset) {
        StoreMode mode = mode();
        if (cache.isTooLarge(meta.keyLength, meta.clientFlags, request.valueLength)) {
            return reject(StoreResult.TOO_LARGE);
        }
        if (request.valueLength > cache.inlineValueLengthMax()) {
            return reserve() ? TextState.READ_VALUE : reject(StoreResult.OUT_OF_MEMORY);
        }
        int valueEnd = valueOffset + request.valueLength;
        if (bytes[valueEnd] != '\r' || bytes[valueEnd + 1] != '\n') {
            return rejectChunk();
        }
        if (observer.isOn()) {
            observer.beforeStore(meta.key, meta.keyOffset, meta.keyLength);
        }
        prepareStore(mode, update.key(meta.key, meta.keyOffset, meta.keyLength));
        StoreResult result = cache.store(mode, update.value(bytes, valueOffset, request.valueLength));
        return stored(result, update.casUnique(), update.storedLength());
    }

    /** Reserves memory for a large value; returns false if there is not enough. */
    public boolean reserve() {
        meta.copyFromLine();
        prepareStore(mode(), largeStore.update(meta.key, meta.keyOffset, meta.keyLength));
        return largeStore.begin(mode(), request.valueLength);
    }

    private StoreMode mode() {
        StoreMode mode = meta.storeMode();
        if (mode == null) {
            throw new IllegalStateException("the parser accepts only lines with a valid mode");
        }
        return mode;
    }

    private void prepareStore(StoreMode mode, ItemUpdate target) {
        boolean isConcat = mode == StoreMode.APPEND || mode == StoreMode.PREPEND;
        target.flags(meta.clientFlags).binaryKey(meta.hasBinaryKey());
        if (meta.has('T')) {
            target.exptime(meta.exptimeSeconds);
        }
        if (isConcat && meta.has('N')) {
            target.vivify(meta.vivifyExptimeSeconds);
        }
        if (meta.has('C') && !(isConcat && meta.expectedCas == 0)) {
            target.expectCas(meta.expectedCas);
        }
        if (meta.has('I')) {
            target.invalidate();
        }
        if (meta.has('E')) {
            target.assignCas(meta.givenCas);
        }
    }

    /**
     * Rejects an ms without reading its value. Removes the old item, whatever the mode, because it is outdated. The reply is sent after
     * the value has been skipped.
     */
    public TextState reject(StoreResult result) {
        if (observer.isOn()) {
            observer.beforeStore(meta.key, meta.keyOffset, meta.keyLength);
        }
        prepareStore(mode(), update.key(meta.key, meta.keyOffset, meta.keyLength));
        cache.reject(StoreMode.SET, update, request.valueLength, result);
        observeStore(result);
        request.rejection = result == StoreResult.TOO_LARGE ? Reply.TOO_LARGE : Reply.OUT_OF_MEMORY;
        return TextState.SWALLOW;
    }

    /**
     * Replies to an ms whose large value is complete.
     *
     * @param result null if the value was not followed by a line end
     */
    public TextState finishLargeStore(@Nullable StoreResult result) {
        if (result == null) {
            return rejectChunk();
        }
        return stored(result, largeStore.storedCas(), largeStore.storedLength());
    }

    private TextState rejectChunk() {
        cache.count(Statistic.CMD_SET, ItemSize.of(meta.keyLength, meta.clientFlags, request.valueLength));
        replies.put(Reply.BAD_CHUNK);
        return TextState.READ_REQUEST;
    }

    private void observeStore(StoreResult result) {
        if (observer.isOn()) {
            StoreMode mode = mode() == StoreMode.SET && meta.has('C') ? StoreMode.CAS : mode();
            int exptimeSeconds = meta.has('T') ? meta.exptimeSeconds : 0;
            observer.afterStore(
                    mode, result, meta.key, meta.keyOffset, meta.keyLength, exptimeSeconds, request.valueLength);
        }
    }

    private TextState stored(StoreResult result, long casUnique, int storedLength) {
        observeStore(result);
        if (result == StoreResult.STORED) {
            if (!meta.has('q')) {
                replyStore('H', 'D', casUnique, storedLength);
            }
        } else if (result == StoreResult.NOT_STORED) {
            replyStore('N', 'S', 0, request.valueLength);
        } else if (result == StoreResult.EXISTS) {
            replyStore('E', 'X', 0, request.valueLength);
        } else if (result == StoreResult.NOT_FOUND) {
            replyStore('N', 'F', 0, request.valueLength);
        } else {
            replies.put(result == StoreResult.TOO_LARGE ? Reply.TOO_LARGE : Reply.OUT_OF_MEMORY);
        }
        return TextState.READ_REQUEST;
    }

    private void replyStore(char first, char second, long casUnique, int length) {
        ReplyBuffer output = replies.output();
        int start = output.ensureWritable(REPLY_OVERHEAD_MAX);
        byte[] target = output.array();
        int i = putCode(target, start, first, second);
        for (int j = 0; j < meta.count(); j++) {
            byte flag = meta.flag(j);
            switch (flag) {
                case 'c' -> i = putNumber(target, i, flag, casUnique);
                case 's' -> i = putNumber(target, i, flag, length);
                default -> i = putEcho(target, i, flag);
            }
        }
        output.tail(putLineEnd(target, i));
    }

    // md

    public TextState delete() {
        update.key(meta.key, meta.keyOffset, meta.keyLength).flags(meta.clientFlags);
        if (meta.has('T')) {
            update.exptime(meta.exptimeSeconds);
        }
        if (meta.has('C')) {
            update.expectCas(meta.expectedCas);
        }
        if (meta.has('E')) {
            update.assignCas(meta.givenCas);
        }
        if (meta.has('I')) {
            update.invalidate();
        }
        if (meta.has('x')) {
            update.dropValue();
        }
        if (observer.isOn()) {
            observer.beforeDelete(meta.key, meta.keyOffset, meta.keyLength);
        }
        DeleteResult result = cache.delete(update);
        if (result == DeleteResult.DELETED) {
            if (observer.isOn()) {
                observeDelete();
            }
            if (!meta.has('q')) {
                replyCode('H', 'D');
            }
        } else if (result == DeleteResult.NOT_FOUND) {
            replyCode('N', 'F');
        } else if (result == DeleteResult.EXISTS) {
            cache.count(Statistic.DELETE_MISSES);
            replyCode('E', 'X');
        } else {
            replies.put(Reply.OUT_OF_MEMORY_CHANGING);
        }
        return TextState.READ_REQUEST;
    }

    private void observeDelete() {
        if (meta.has('x')) {
            int exptimeSeconds = meta.has('T') ? meta.exptimeSeconds : 0;
            observer.afterClear(!meta.has('I'), meta.key, meta.keyOffset, meta.keyLength, exptimeSeconds);
        } else if (!meta.has('I')) {
            observer.afterDelete("md", meta.key, meta.keyOffset, meta.keyLength);
        }
    }

    // ma

    public TextState delta() {
        if (observer.isOn()) {
            observer.beforeLookup(meta.key, meta.keyOffset, meta.keyLength);
        }
        update.key(meta.key, meta.keyOffset, meta.keyLength).initialNumber(meta.initialNumber);
        for (int i = 0; i < meta.count(); i++) {
            switch (meta.flag(i)) { // the order makes a difference
                case 'T' -> update.exptime(meta.exptimeSeconds);
                case 'N' -> update.vivify(meta.vivifyExptimeSeconds);
                case 'E' -> update.assignCas(meta.givenCas);
                default -> {}
            }
        }
        if (meta.has('C') && meta.expectedCas != 0) {
            update.expectCas(meta.expectedCas);
        }
        CounterStatus result =
                meta.isDecrement() ? cache.decrement(update, meta.delta) : cache.increment(update, meta.delta);
        if (observer.isOn() && result == CounterStatus.STORED && update.hasCreatedItem()) {
            observer.afterCreate(meta.key, meta.keyOffset, meta.keyLength, 0); // memcached sets the exptime afterwards
        }
        if (result == CounterStatus.NON_NUMERIC) {
            replies.put(Reply.NON_NUMERIC);
        } else if (result == CounterStatus.OUT_OF_MEMORY) {
            replies.put(update.hasCreatedItem() ? Reply.OUT_OF_MEMORY_NEW : Reply.OUT_OF_MEMORY_CHANGING);
        } else if (meta.hasLongOpaque()) {
            replies.put(Reply.OPAQUE_TOO_LONG);
        } else if (result == CounterStatus.NOT_FOUND) {
            replyCode('N', 'F');
        } else if (result == CounterStatus.EXISTS) {
            replyCode('E', 'X');
        } else if (!meta.has('q')) {
            replyNumber();
        }
        return TextState.READ_REQUEST;
    }

    private void replyNumber() {
        ReplyBuffer output = replies.output();
        int start = output.ensureWritable(REPLY_OVERHEAD_MAX + LENGTH_MAX);
        byte[] target = output.array();
        int length = AsciiNumbers.putUnsigned(update.number(), digits, 0);
        int i = meta.has('v') ? putValueCode(target, start, length) : putCode(target, start, 'H', 'D');
        long secondsToLive = update.secondsToLiveBefore();
        for (int j = 0; j < meta.count(); j++) {
            byte flag = meta.flag(j);
            switch (flag) {
                case 'c' -> i = putNumber(target, i, flag, update.casUnique());
                case 't' -> i = putSecondsToLive(target, i, secondsToLive);
                case 'T' ->
                    secondsToLive = update.hasCreatedItem() ? update.secondsToLiveByExptime() : update.secondsToLive();
                case 'N' -> secondsToLive = update.hasCreatedItem() ? update.secondsToLiveByVivify() : secondsToLive;
                default -> i = putEcho(target, i, flag);
            }
        }
        i = putLineEnd(target, i);
        if (meta.has('v')) {
            System.arraycopy(digits, 0, target, i, length);
            i = putLineEnd(target, i + length);
        }
        output.tail(i);
    }

    // me

    // ME <key> exp=<seconds or -1> la=<seconds> cas=<number> fetch=yes|no cls=<class> size=<bytes>
    public TextState debug() {
        cache.count(Statistic.CMD_META);
        ReplyBuffer output = replies.output();
        if (!cache.peek(meta.key, meta.keyOffset, meta.keyLength, item)) {
            replies.put(Reply.EN);
            return TextState.READ_REQUEST;
        }
        long size = ItemSize.of(meta.keyLength, item.flags(), item.valueLength());
        byte[] attributes = (" exp=" + item.secondsToLive()
                        + " la=" + item.secondsSinceAccess()
                        + " cas=" + Long.toUnsignedString(item.casUnique())
                        + " fetch=" + (item.wasFetched() ? "yes" : "no")
                        + " cls=" + SlabClasses.classOf(size)
                        + " size=" + size
                        + "\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        int start = output.ensureWritable(REPLY_OVERHEAD_MAX + attributes.length);
        byte[] target = output.array();
        int i = putCode(target, start, 'M', 'E');
        target[i++] = ' ';
        i = putKeyBytes(target, i, item.hasBinaryKey());
        System.arraycopy(attributes, 0, target, i, attributes.length);
        output.tail(i + attributes.length);
        item.clearValue();
        return TextState.READ_REQUEST;
    }

    // ---- parts of replies: all put methods write at an index and return the end of what they wrote

    /** Replies with a code and the flags that repeat an argument of the command. */
    private void replyCode(char first, char second) {
        ReplyBuffer output = replies.output();
        int start = output.ensureWritable(REPLY_OVERHEAD_MAX);
        byte[] target = output.array();
        int i = putCode(target, start, first, second);
        for (int j = 0; j < meta.count(); j++) {
            i = putEcho(target, i, meta.flag(j));
        }
        output.tail(putLineEnd(target, i));
    }

    private static int putCode(byte[] target, int i, char first, char second) {
        target[i] = (byte) first;
        target[i + 1] = (byte) second;
        return i + 2;
    }

    private static int putValueCode(byte[] target, int start, int valueLength) {
        int i = putCode(target, start, 'V', 'A');
        target[i] = ' ';
        return AsciiNumbers.putUnsigned(valueLength, target, i + 1);
    }

    private static int putNumber(byte[] target, int i, byte flag, long number) {
        target[i] = ' ';
        target[i + 1] = flag;
        return AsciiNumbers.putUnsigned(number, target, i + 2);
    }

    private static int putSecondsToLive(byte[] target, int start, long seconds) {
        int i = putCode(target, start, ' ', 't');
        if (seconds == -1) {
            return putCode(target, i, '-', '1');
        }
        return AsciiNumbers.putUnsigned(
                seconds & 0xFFFF_FFFFL, target, i); // unsigned as in memcached, although it may be negative
    }

    /** Writes a flag that repeats an argument of the command; ignores other flags. */
    private int putEcho(byte[] target, int i, byte flag) {
        return switch (flag) {
            case 'O' -> putOpaque(target, i);
            case 'k' -> putKey(target, putCode(target, i, ' ', 'k'), meta.hasBinaryKey());
            default -> i;
        };
    }

    private int putOpaque(byte[] target, int i) {
        target[i] = ' ';
        System.arraycopy(meta.opaque, meta.opaqueOffset, target, i + 1, meta.opaqueLength);
        return i + 1 + meta.opaqueLength;
    }

    private int putKey(byte[] target, int start, boolean isBinary) {
        int i = putKeyBytes(target, start, isBinary);
        return isBinary ? putCode(target, i, ' ', 'b') : i;
    }

    private int putKeyBytes(byte[] target, int start, boolean isBinary) {
        if (isBinary) {
            return Base64.encode(meta.key, meta.keyOffset, meta.keyLength, target, start);
        }
        System.arraycopy(meta.key, meta.keyOffset, target, start, meta.keyLength);
        return start + meta.keyLength;
    }

    private static int putLineEnd(byte[] target, int i) {
        target[i] = '\r';
        target[i + 1] = '\n';
        return i + 2;
    }
}
