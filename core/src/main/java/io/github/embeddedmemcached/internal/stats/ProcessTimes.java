package io.github.embeddedmemcached.internal.stats;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The processor time of this process. {@code java.base} provides only the sum. Its division into user and system time is read from
 * {@code /proc} on Linux. On other systems all of it counts as user time.
 *
 * @param user the time in user mode
 * @param system the time in the kernel
 */
record ProcessTimes(Duration user, Duration system) {
    private static final Path STATUS = Path.of("/proc/self/stat");

    // Indexes of the fields after the name of the program, which is in parentheses and may contain spaces: proc(5).
    private static final int USER_TICKS = 11;
    private static final int SYSTEM_TICKS = 12;

    static ProcessTimes read() {
        Duration total = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
        try {
            return divide(total, Files.readString(STATUS, StandardCharsets.ISO_8859_1));
        } catch (IOException | SecurityException e) {
            return new ProcessTimes(total, Duration.ZERO);
        }
    }

    /** Divides the total by the ratio of the ticks in a status. The length of a tick depends on the system. */
    static ProcessTimes divide(Duration total, String status) {
        String[] fields = status.substring(status.lastIndexOf(')') + 1).trim().split(" ");
        try {
            long userTicks = Long.parseLong(fields[USER_TICKS]);
            long systemTicks = Long.parseLong(fields[SYSTEM_TICKS]);
            double share = systemTicks / (double) Math.max(1, userTicks + systemTicks);
            Duration system = Duration.ofNanos((long) (total.toNanos() * share));
            return new ProcessTimes(total.minus(system), system);
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            return new ProcessTimes(total, Duration.ZERO);
        }
    }
}
