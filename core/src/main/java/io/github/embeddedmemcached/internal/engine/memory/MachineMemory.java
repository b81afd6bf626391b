package io.github.embeddedmemcached.internal.engine.memory;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The physical memory of the machine, which memory limits must not exceed. */
public final class MachineMemory {
    private static final Path MEMINFO = Path.of("/proc/meminfo");

    /** Assumed if the memory is unknown: no machine that runs one JVM has more. */
    private static final long UNKNOWN = 1L << 46;

    private MachineMemory() {}

    /** Throws IllegalArgumentException if a memory limit exceeds the machine's memory. */
    public static void check(long limitBytes) {
        if (limitBytes <= Runtime.getRuntime().maxMemory()) {
            return; // fast path
        }
        long bytes = bytes();
        if (limitBytes > bytes) {
            throw new IllegalArgumentException("the memory limit, " + limitBytes
                    + " bytes, is more than this machine's " + bytes + " bytes of memory");
        }
    }

    /** Returns the physical memory, or {@link #UNKNOWN}. Linux reports it in a file; elsewhere it is read from the JDK, if the module is present. */
    public static long bytes() {
        if (Files.isReadable(MEMINFO)) {
            try (BufferedReader lines = Files.newBufferedReader(MEMINFO, StandardCharsets.US_ASCII)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.startsWith("MemTotal:")) { // MemTotal:       65784160 kB
                        return Long.parseLong(line.split("\\s+")[1]) << 10;
                    }
                }
            } catch (IOException e) {
                return UNKNOWN;
            }
        }
        try {
            return Management.memoryBytes();
        } catch (LinkageError e) {
            return UNKNOWN; // java.management or jdk.management is not in this run-time image
        }
    }

    /** A separate class, so that it is linked only if it is used. */
    static final class Management {
        static long memoryBytes() {
            return ManagementFactory.getOperatingSystemMXBean()
                            instanceof com.sun.management.OperatingSystemMXBean system
                    ? system.getTotalMemorySize()
                    : UNKNOWN;
        }
    }
}
