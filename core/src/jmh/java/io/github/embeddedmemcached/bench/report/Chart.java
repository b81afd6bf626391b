package io.github.embeddedmemcached.bench.report;

import java.io.IOException;
import java.nio.file.Path;

/** A chart of a report, saved to a file of its own. */
interface Chart {
    String title();

    boolean isEmpty();

    /** Saves the chart as PNG. */
    void save(Path file) throws IOException;
}
