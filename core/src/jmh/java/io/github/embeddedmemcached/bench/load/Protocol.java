package io.github.embeddedmemcached.bench.load;

/** The kinds of requests. */
public enum Protocol {
    /** get and set. */
    CLASSIC("get ", "\r\n", "set ", " 0 0 "),
    /** mg and ms. */
    META("mg ", " v\r\n", "ms ", " "),
    /** getkq for each key, then noop; there are no sets. */
    BINARY("", "", "", "");

    static final byte OPCODE_NOOP = 0x0a;
    static final byte OPCODE_GETKQ = 0x0d;
    static final int BINARY_HEADER_BYTES = 24;

    final String getStart;
    final String getEnd;
    final String setStart;
    final String setFields;

    Protocol(String getStart, String getEnd, String setStart, String setFields) {
        this.getStart = getStart;
        this.getEnd = getEnd;
        this.setStart = setStart;
        this.setFields = setFields;
    }
}
