package io.github.embeddedmemcached.internal.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class MachineMemoryTest {
    @EnabledOnOs(OS.LINUX)
    @Test
    void shouldReadTheMemoryOfALinuxMachine() throws IOException {
        String total = Files.readAllLines(Path.of("/proc/meminfo")).stream()
                .filter(line -> line.startsWith("MemTotal:"))
                .findFirst()
                .orElseThrow()
                .replaceAll("\\D", "");
        assertThat(MachineMemory.bytes()).isEqualTo(Long.parseLong(total) * 1024);
    }

    @Test
    void shouldReturnTheMemoryThatTheJdkReports() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        assertThat(MachineMemory.Management.memoryBytes()).isEqualTo(system.getTotalMemorySize());
    }

    @Test
    void shouldRejectMoreThanTheMachineHas() {
        long bytes = Math.max(MachineMemory.bytes(), Runtime.getRuntime().maxMemory());
        assertThatCode(() -> MachineMemory.check(bytes)).doesNotThrowAnyException();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MachineMemory.check(bytes + 1))
                .withMessage("the memory limit, " + (bytes + 1) + " bytes, is more than this machine's "
                        + MachineMemory.bytes() + " bytes of memory");
    }
}
