package io.github.embeddedmemcached.internal.stats;

import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.ItemCursor;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.statistics.SlabClasses;
import io.github.embeddedmemcached.internal.line.ClassSet;
import io.github.embeddedmemcached.internal.line.LineFormat;
import io.github.embeddedmemcached.internal.wire.LogLine;
import io.github.embeddedmemcached.internal.wire.Printable;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.internal.wire.StreamedReply;
import java.nio.charset.StandardCharsets;

/**
 * Lists items: {@code lru_crawler metadump}, {@code lru_crawler mgdump} and {@code stats cachedump}. Items whose keys are too long for the
 * protocols are skipped.
 */
public final class ItemDump implements StreamedReply {
    /** The format of the list, with the lines before and after the items. */
    public enum Form {
        METADUMP("OK\r\n", "END\r\n"),
        MGDUMP("OK\r\n", "EN\r\n"),
        CACHEDUMP("", "END\r\n");

        private final String header;
        private final String trailer;

        Form(String header, String trailer) {
            this.header = header;
            this.trailer = trailer;
        }
    }

    /** The maximum length of a cachedump, as in memcached. */
    private static final long CACHEDUMP_BYTES_MAX = 2 << 20;

    private final Form form;
    private final ClassSet classes;
    private final ItemCursor cursor;
    private final LogLine line = new LogLine();
    private long linesLeft;
    private long bytesListed;
    private boolean hasBegun;
    private boolean isItemDue; // the item at the cursor has not been listed, for example for lack of memory

    /**
     * Creates a dump.
     *
     * @param linesMax the maximum number of items; 0 for no limit
     */
    public ItemDump(CacheEngine cache, Form form, ClassSet classes, long linesMax) {
        this.form = form;
        this.classes = classes;
        cursor = cache.cursor();
        linesLeft = linesMax == 0 ? Long.MAX_VALUE : linesMax;
    }

    @Override
    public boolean proceed(ReplyBuffer output) {
        if (!hasBegun) {
            output.put(form.header.getBytes(StandardCharsets.US_ASCII));
            hasBegun = true; // not earlier: after an OutOfMemoryError, the step is repeated
        }
        for (int i = 0; i < ITEMS_PER_TURN_MAX && !output.isFull(); i++) {
            if (linesLeft == 0 || !isItemDue && !cursor.next()) {
                return end(output);
            }
            isItemDue = true;
            int id = SlabClasses.classOf(cursor.itemSize());
            if (classes.contains(id) && cursor.keyLength() <= ItemSize.CLIENT_KEY_LENGTH_MAX) {
                list(id, output);
            }
            isItemDue = false;
            if (form == Form.CACHEDUMP && bytesListed > CACHEDUMP_BYTES_MAX) {
                return end(output);
            }
        }
        return false;
    }

    private boolean end(ReplyBuffer output) {
        output.put(form.trailer.getBytes(StandardCharsets.US_ASCII));
        return true;
    }

    private void list(int id, ReplyBuffer output) {
        line.clear();
        if (form == Form.METADUMP) {
            metadump(id);
        } else if (form == Form.MGDUMP) {
            mgdump();
        } else if (cursor.hasBinaryKey()) {
            return;
        } else {
            cachedump();
        }
        int start = output.ensureWritable(line.length());
        System.arraycopy(line.bytes(), 0, output.array(), start, line.length());
        output.tail(start + line.length());
        bytesListed += line.length();
        linesLeft--;
    }

    // key=<key> exp=<second or -1> la=<second> cas=<n> fetch=yes|no cls=<n> size=<n> flags=<n> \n
    private void metadump(int id) {
        line.text("key=")
                .key(cursor.key(), cursor.keyOffset(), cursor.keyLength())
                .text(" exp=")
                .signed(cursor.exptimeUnixSecond())
                .text(" la=")
                .number(cursor.accessedUnixSecond())
                .text(" cas=")
                .number(cursor.casUnique())
                .text(cursor.isFetched() ? " fetch=yes cls=" : " fetch=no cls=")
                .number(id)
                .text(" size=")
                .number(cursor.itemSize())
                .text(" flags=")
                .number(Integer.toUnsignedLong(cursor.flags()))
                .text(" \n");
    }

    // mg <key>\r\n, mg <key in base64> b\r\n
    private void mgdump() {
        line.text("mg ");
        // a client may send the lines as commands; the base64 form finds keys of both protocols
        if (cursor.hasBinaryKey() || !isOneWord()) {
            line.base64(cursor.key(), cursor.keyOffset(), cursor.keyLength()).text(" b\r\n");
        } else {
            line.raw(cursor.key(), cursor.keyOffset(), cursor.keyLength()).text("\r\n");
        }
    }

    /** Returns whether the key contains neither a line end nor a space nor control characters for a terminal. */
    private boolean isOneWord() {
        byte[] key = cursor.key();
        int end = cursor.keyOffset() + cursor.keyLength();
        return LineFormat.endOfToken(key, cursor.keyOffset(), end) == end
                && !Printable.isHarmful(key, cursor.keyOffset(), cursor.keyLength());
    }

    // ITEM <key> [<bytes> b; <second or 0> s]\r\n
    private void cachedump() {
        byte[] key = Printable.key(cursor.key(), cursor.keyOffset(), cursor.keyLength());
        line.text("ITEM ")
                .raw(key, 0, key.length)
                .text(" [")
                .number(cursor.valueLength())
                .text(" b; ")
                .number(Math.max(0, cursor.exptimeUnixSecond()))
                .text(" s]\r\n");
    }
}
