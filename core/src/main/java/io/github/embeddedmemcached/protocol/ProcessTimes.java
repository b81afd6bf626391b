package io.github.embeddedmemcached.protocol;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The processor time that this process has used. The JDK's required modules know only the sum of both; how it is divided is read
 * from Linux's {@code /proc}. On other systems all of it counts as user time.
 *
 * @param user spent in the process itself
 * @param system spent in the kernel on its behalf
 */
record ProcessTimes(Duration user, Duration system) {
    private static final Path STATUS = Path.of("/proc/self/stat");

    // Fields of the status behind the program's name, which is in parentheses and may contain spaces: proc(5).
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

    /** Divides the total as a status does; the ticks that it counts in have no fixed length. */
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
