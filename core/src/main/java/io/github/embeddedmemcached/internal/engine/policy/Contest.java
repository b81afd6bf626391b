package io.github.embeddedmemcached.internal.engine.policy;

import java.util.Arrays;

/**
 * Decides which new items, the candidates, replace items of the main log, the victims. The value of an item is its count of uses to the
 * power of 1.5 for each byte, similar to GreedyDual-Size (USITS '97): with the count itself, a few uses of a large item were worth less than a
 * single one of a small item. Candidates win in falling order of their value while each has a greater value than the victims
 * whose space it takes. Values are divided into classes, 16 for each doubling, whose bytes are summed up: so no items have to be sorted or
 * remembered. Later each item is rated again, and belongs to one side of a threshold.
 *
 * <p>Guarded by the partition's lock.
 */
public final class Contest {
    /** The count that a victim has ahead, so that a new item of an equal one does not cost a copy. */
    private static final int HEAD_START = 1;

    /** The bits of a float that are not a part of the class. */
    private static final int CLASS_SHIFT = 19;

    private static final int FIRST_CLASS = Float.floatToRawIntBits(0x1p-31f) >>> CLASS_SHIFT;
    private static final int CLASSES = (Float.floatToRawIntBits(0x1p4f) >>> CLASS_SHIFT) - FIRST_CLASS;

    private final int[] candidates = new int[CLASSES]; // bytes that have not won yet
    private final int[] victims = new int[CLASSES]; // bytes of one segment
    private int winningClass; // candidates of higher classes have won
    private int winningBytes; // of this class that have won
    private int losingClass; // victims of lower classes lose
    private int losingBytes; // of this class that lose
    private int lostBytes;
    private int wonBytes;

    /** Begins a contest without candidates and victims. */
    public void begin() {
        Arrays.fill(candidates, 0);
        winningClass = CLASSES - 1;
        winningBytes = 0;
        wonBytes = 0;
    }

    public void addCandidate(int count, int bytes) {
        candidates[classOf(count, bytes)] += bytes;
    }

    /** Begins with the victims of another segment, of which some bytes are free. */
    public void beginVictims(int freeBytes) {
        Arrays.fill(victims, 0);
        victims[0] = freeBytes;
    }

    public void addVictim(int count, int bytes) {
        victims[classOf(count + HEAD_START, bytes)] += bytes;
    }

    /** Adds to the victims' segment bytes that are free, or will be. */
    public void addFreeBytes(int bytes) {
        victims[0] += bytes;
    }

    /**
     * Lets candidates win against the victims that were added, if these lose at least some bytes.
     *
     * @return whether they do
     */
    public boolean decide(int bytesMin) {
        int classBefore = winningClass;
        int bytesBefore = winningBytes;
        int wonBefore = wonBytes;
        losingClass = 0;
        losingBytes = 0;
        lostBytes = 0;
        while (losingClass < winningClass) {
            int bytes = Math.min(candidates[winningClass] - winningBytes, victims[losingClass] - losingBytes);
            winningBytes += bytes;
            wonBytes += bytes;
            losingBytes += bytes;
            lostBytes += bytes;
            if (winningBytes == candidates[winningClass]) {
                winningClass--;
                winningBytes = 0;
            } else {
                losingClass++;
                losingBytes = 0;
            }
        }
        int free = victims[0];
        if (Math.max(lostBytes, free) >= bytesMin) {
            return true;
        }
        winningClass = classBefore;
        winningBytes = bytesBefore;
        wonBytes = wonBefore;
        return false;
    }

    /** Returns whether a victim that belongs to the segment of the last decision loses, and counts it. */
    public boolean loses(int count, int bytes) {
        int valueClass = classOf(count + HEAD_START, bytes);
        if (valueClass == losingClass && losingBytes > 0) {
            losingBytes -= bytes;
            return true;
        }
        return valueClass < losingClass;
    }

    /** Returns whether further candidates could win. */
    public boolean hasCandidates() {
        return winningClass > 0;
    }

    /** Returns whether a candidate has won, and counts it. */
    public boolean wins(int count, int bytes) {
        int valueClass = classOf(count, bytes);
        boolean isWinner = bytes <= wonBytes
                && (valueClass > winningClass || (valueClass == winningClass && bytes <= winningBytes));
        if (isWinner) {
            wonBytes -= bytes;
            if (valueClass == winningClass) {
                winningBytes -= bytes;
            }
        }
        return isWinner;
    }

    private static int classOf(int count, int bytes) {
        int number = Float.floatToRawIntBits(count * (float) Math.sqrt(count) / bytes) >>> CLASS_SHIFT;
        return Math.max(0, number - FIRST_CLASS);
    }
}
